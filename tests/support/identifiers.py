"""Invented identifiers with right check digits, computed from the official descriptions, not with the program's checks."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


@dataclass
class Identifiers:
    """A stream of identifiers, the same for the same seed."""

    random: Random

    @classmethod
    def seeded(cls, seed: int) -> Identifiers:
        return cls(Random(seed))

    def digits(self, count: int, first: str = "0123456789") -> str:
        return self.random.choice(first) + "".join(self.random.choice("0123456789") for _ in range(count - 1))

    def iban(self, country: str = "DE") -> str:
        """ISO 13616: check digits are 98 minus the remainder of the rearranged number with 00."""
        account = self.digits({"DE": 18, "AT": 16, "CH": 17, "LI": 17}[country])
        as_number = account + "".join(str(10 + ALPHABET.index(letter)) for letter in country) + "00"
        remainder = 0
        for digit in as_number:
            remainder = (remainder * 10 + int(digit)) % 97
        return f"{country}{98 - remainder:02d}{account}"

    def tax_identification_number(self) -> str:
        """BZSt: nine different digits, one of them twice; the check digit makes the running product end at 1."""
        chosen = self.random.sample("0123456789", 9)
        chosen.append(self.random.choice(chosen))
        self.random.shuffle(chosen)
        if chosen[0] == "0" or any(a == b == c for a, b, c in zip(chosen, chosen[1:], chosen[2:])):
            return self.tax_identification_number()
        state = 10
        for digit in chosen:
            state = (state + int(digit)) % 10
            state = (10 if state == 0 else state) * 2 % 11
        return "".join(chosen) + str({1: 0}.get(state, 11 - state) % 10)

    def pension_number(self) -> str:
        """VKVV: digit sums of the weighted digits, the letter as its number in the alphabet."""
        area, day, month = self.random.choice(("12", "15", "65", "38", "53")), self.random.randint(1,
                                                                                                   28), self.random.randint(1, 12)
        letter, serial = self.random.choice(ALPHABET), self.digits(2)
        start = f"{area}{day:02d}{month:02d}{self.digits(2)}"
        written = start + str(ALPHABET.index(letter) + 1).zfill(2) + serial
        total = sum(sum(map(int, str(int(digit) * weight))) for digit,
                    weight in zip(written, [2, 1, 2, 5, 7, 1, 2, 1, 2, 1, 2, 1]))
        return f"{start}{letter}{serial}{total % 10}"

    def health_insurance_number(self) -> str:
        letter, body = self.random.choice(ALPHABET), self.digits(8)
        written = str(ALPHABET.index(letter) + 1).zfill(2) + body
        total = sum(sum(map(int, str(int(digit) * weight))) for digit, weight in zip(written, [1, 2] * 5))
        return f"{letter}{body}{total % 10}"

    def social_security_number_at(self) -> str:
        """ÖGK: serial times 3 7 9, birth date times 5 8 4 2 1 6; a serial whose remainder is 10 is not issued."""
        serial = self.digits(3, "123456789")
        date = f"{self.random.randint(1, 28):02d}{self.random.randint(1, 12):02d}{self.digits(2)}"
        check = sum(int(d) * w for d, w in zip(serial + date, [3, 7, 9, 5, 8, 4, 2, 1, 6])) % 11
        return self.social_security_number_at() if check == 10 else f"{serial}{check}{date}"

    def tax_number_at(self) -> str:
        body = self.digits(8)
        doubled = [int(d) if place % 2 == 0 else int("0246813579"[int(d)]) for place, d in enumerate(body)]
        return f"{body}{-sum(doubled) % 10}"

    def card(self, prefix: str = "4", length: int = 16) -> str:
        body = prefix + self.digits(length - 1 - len(prefix))
        for check in "0123456789":
            total = 0
            for place, digit in enumerate((body + check)[::-1]):
                value = int(digit) << place % 2
                total += value - 9 if value > 9 else value
            if total % 10 == 0:
                return body + check
        raise AssertionError("one of ten digits always fits")


def grouped(number: str, sizes: tuple[int, ...], separator: str = " ") -> str:
    """The number in groups of these sizes, the last size repeated."""
    groups, at, place = [], 0, 0
    while at < len(number):
        size = sizes[min(place, len(sizes) - 1)]
        groups.append(number[at : at + size])
        at += size
        place += 1
    return separator.join(groups)


def spoilt(number: str) -> str:
    """The same with its last digit wrong."""
    return number[:-1] + str((int(number[-1]) + 3) % 10)
