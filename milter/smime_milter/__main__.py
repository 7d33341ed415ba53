"""`python3 -m smime_milter` is the command `smime-milter`."""

from smime_milter.cli import main

if __name__ == "__main__":
    main()
