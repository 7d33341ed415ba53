"""The numbered ways in which two readers may understand a message differently."""

from __future__ import annotations

from enum import Enum


class Ambiguity(Enum):
    """A deviation from the strict grammar. Codes never change their meaning."""

    DUPLICATE_FIELD = 1           # two From, To, Subject, Content-Type, ...
    BAD_FIELD_LINE = 2            # a line of a header section that is no field
    CONTENT_TYPE_SYNTAX = 3
    TRANSFER_ENCODING_SYNTAX = 4  # folded, commented, quoted, misspelt, unknown
    ENCODED_MULTIPART = 5         # base64 or quoted-printable on multipart or message
    BAD_BASE64 = 6
    BAD_QUOTED_PRINTABLE = 7
    BOUNDARY_MISSING = 8          # multipart without a usable boundary parameter
    BOUNDARY_NOT_CLOSED = 9
    BOUNDARY_CLASH = 10           # one boundary begins with another that is still open
    PARAMETER_CONFLICT = 11       # RFC 2231 pieces contradict the plain parameter, or repeat it
    BARE_CR_OR_LF = 12
    NUL = 13
    RAW_8BIT_HEADER = 14
    UNKNOWN_CHARSET = 15
    UNDECODABLE_CHARSET = 16
    BAD_ENCODED_WORD = 17
    PARTIAL_OR_EXTERNAL = 18      # message/partial, message/external-body
    HIDDEN_MULTIPART = 19         # body looks like multipart, type says otherwise
    HIDDEN_ENCODING = 20          # uuencode, yEnc or BinHex inside text
    AUTHOR_SYNTAX = 21
    NON_EMPTY_MARGIN = 22         # text in preamble or epilogue beyond the customary note

    LIMIT_HEADER_SIZE = 100
    LIMIT_FIELD_SIZE = 101
    LIMIT_FIELDS = 102
    LIMIT_ADDRESSES = 103
    LIMIT_PARAMETERS = 104
    LIMIT_DEPTH = 105
    LIMIT_PARTS = 106
    LIMIT_TEXT = 107

    @property
    def is_limit(self) -> bool:
        return self.value >= 100

    @property
    def is_structural_limit(self) -> bool:
        """No mail program writes such a message; a long text is an ordinary attachment."""
        return self.is_limit and self is not Ambiguity.LIMIT_TEXT
