"""Our gateway and other S/MIME programs, each reading what the other has made."""
