"""One look that tells chit-chat from text worth the detectors' time."""

from __future__ import annotations

import re

# A digit of any script, an at sign, or the beginning of a title or label that a name may follow.
_WORTH = re.compile(
    r"[\d@:\t]|[Bb]eruf|[Tt]ätigk|[Tt]aetigk|[Oo]ccup|[Pp]rofess|[Ee]ink|[Gg]ehalt|[Ll]ohn|[Dd]iagno|[Mm]edi[ck]|[Vv]orerk"
    r"|[Ee]rkrank|[Bb]ehand|[Pp]sych|[Aa]llerg"
    r"|[Hh]err|HERR|[Ff]rau|FRAU|[HF]r\.|Fräulein|Fam|Ehe|M[rs]|Miss|Dr\.|Do[kc]tor|DDr|Prof|Mag\.|MMag|Dipl|Ing\.|Prim\."
    r"|Univ|[Kk]und|[Mm]andant|[Vv]ersich|V[NP]|[Aa]ntrag"
    r"|[Pp]atient|[Gg]eschäd|[Gg]eschaed|[Vv]erletz|[Zz]eug|[Hh]alter|[Ff]ahr|[Vv]erursach|[Ee]igent|[Kk]onto|[Mm]ieter"
    r"|[Mm]itarb|[Aa]rbeitn|[Bb]eg[uü]|[Bb]ezug|[Aa]nspruch"
    r"|[Uu]nfall|[Bb]eitrag|[Dd]arl|[Gg]att|[Ll]ebens|[Ss]ohn|[Tt]ocht|[Ss]chwieger|[Ww]itwe|[Ee]rb|[Vv]erstorb|[Bb]etr"
    r"|[Ss]teuer|[Ii]nsured|[Pp]olicy|[Cc]laimant|[Cc]ustomer"
    r"|[Cc]lient|[Aa]pplic|[Dd]river|[Nn]ame|Von|From|An|To|Cc|Kopie|Absender|RA|PD|DI|OA"
    r"|[\u00ad\u0370-\u04ff\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\uff5e]|[\U0001d7ce-\U0001d7ff]"
)


def may_hold_personal_data(text: str) -> bool:
    """Whether a detector can possibly find something; False costs one pass over the text."""
    return _WORTH.search(text) is not None
