"""Mails as real clients write them; the persons are invented."""

from __future__ import annotations

OUTLOOK = """\
Received: from EX01.wwk.de (10.1.2.3) by EX02.wwk.de (10.1.2.4) with Microsoft
 SMTP Server (version=TLS1_2, cipher=TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384) id
 15.2.1118.40; Mon, 4 Mar 2024 09:12:44 +0100
From: =?iso-8859-1?Q?Gr=F6=DFl=2C_=C4nne?= <aenne.groessl@wwk.de>
To: "'m.muessig@makler.example'" <m.muessig@makler.example>
CC: =?utf-8?B?TcO8bGxlciwgSmVucw==?= <jens.mueller@wwk.de>
Subject: =?iso-8859-1?Q?AW:_Ihr_Angebot_f=FCr_die_Berufsunf=E4higkeitsversicher?=
 =?iso-8859-1?Q?ung?=
Thread-Topic: =?iso-8859-1?Q?Ihr_Angebot_f=FCr_die_Berufsunf=E4higkeitsversicherung?=
Thread-Index: AdpuFZk1k0b3vYf2TQe1b0m3b8b0FA==
Date: Mon, 4 Mar 2024 08:12:43 +0000
Message-ID: <4f0c2a7d1e7c4a0b9b7d@wwk.de>
Accept-Language: de-DE, en-US
Content-Language: de-DE
X-MS-Has-Attach: yes
X-MS-TNEF-Correlator:
Content-Type: multipart/mixed;
\tboundary="_004_4f0c2a7d1e7c4a0b9b7dwwkde_"
MIME-Version: 1.0

--_004_4f0c2a7d1e7c4a0b9b7dwwkde_
Content-Type: multipart/alternative;
\tboundary="_000_4f0c2a7d1e7c4a0b9b7dwwkde_"

--_000_4f0c2a7d1e7c4a0b9b7dwwkde_
Content-Type: text/plain; charset="iso-8859-1"
Content-Transfer-Encoding: quoted-printable

Sehr geehrte Frau M=FC=DFig,

anbei der Antrag. Bitte senden Sie ihn unterschrieben an die in der Anlage g=
enannte Adresse.

Mit freundlichen Gr=FC=DFen

--_000_4f0c2a7d1e7c4a0b9b7dwwkde_
Content-Type: text/html; charset="iso-8859-1"
Content-Transfer-Encoding: quoted-printable

<html xmlns:o=3D"urn:schemas-microsoft-com:office:office">
<head>
<meta http-equiv=3D"Content-Type" content=3D"text/html; charset=3Diso-8859-=
1">
<style><!--
/* Font Definitions */
@font-face
\t{font-family:Calibri;
\tpanose-1:2 15 5 2 2 2 4 3 2 4;}
--></style>
</head>
<body lang=3D"DE"><p class=3D"MsoNormal">Sehr geehrte Frau M=FC<b>=DF</b>ig=
,<o:p></o:p></p></body></html>

--_000_4f0c2a7d1e7c4a0b9b7dwwkde_--

--_004_4f0c2a7d1e7c4a0b9b7dwwkde_
Content-Type: application/pdf;
\tname="=?iso-8859-1?Q?Antrag_M=FC=DFig.pdf?="
Content-Description: =?iso-8859-1?Q?Antrag_M=FC=DFig.pdf?=
Content-Disposition: attachment;
\tfilename="=?iso-8859-1?Q?Antrag_M=FC=DFig.pdf?="; size=13;
\tcreation-date="Mon, 04 Mar 2024 08:10:00 GMT";
\tmodification-date="Mon, 04 Mar 2024 08:10:00 GMT"
Content-Transfer-Encoding: base64

JVBERi0xLjQKJcOkCg==

--_004_4f0c2a7d1e7c4a0b9b7dwwkde_--
"""

OUTLOOK_CLASSIC = """\
From: "Hans Meier" <h.meier@makler.example>
To: <service@wwk.de>
Subject: Anfrage
Date: Tue, 5 Mar 2024 10:00:00 +0100
Message-ID: <000001da6ee0$4b3f6a10$e1be3e30$@makler.example>
MIME-Version: 1.0
Content-Type: multipart/alternative;
\tboundary="----=_NextPart_000_0001_01DA6EE8.AD09C210"
X-Mailer: Microsoft Outlook 16.0
Content-Language: de

This is a multipart message in MIME format.

------=_NextPart_000_0001_01DA6EE8.AD09C210
Content-Type: text/plain;
\tcharset="us-ascii"
Content-Transfer-Encoding: 7bit

Guten Tag,

bitte um Rueckruf.


------=_NextPart_000_0001_01DA6EE8.AD09C210
Content-Type: text/html;
\tcharset="us-ascii"
Content-Transfer-Encoding: quoted-printable

<html><body><p>Guten Tag,</p><p>bitte um R=
&uuml;ckruf.</p></body></html>
------=_NextPart_000_0001_01DA6EE8.AD09C210--

"""

APPLE = """\
From: =?utf-8?Q?J=C3=BCrgen_Wei=C3=9F?= <j.weiss@kanzlei.example>
Content-Type: multipart/mixed;
\tboundary="Apple-Mail=_0F6E2B1C-6E1A-4F5D-9B1B-0B9C0F5E7A11"
Mime-Version: 1.0 (Mac OS X Mail 16.0 \\(3774.400.31\\))
Subject: Vollmacht
Message-Id: <5B9B7D3B-1B5F-4B1E-8A55-0C6B0A7E8F11@kanzlei.example>
Date: Wed, 6 Mar 2024 11:00:00 +0100
To: schaden@wwk.de
X-Mailer: Apple Mail (2.3774.400.31)


--Apple-Mail=_0F6E2B1C-6E1A-4F5D-9B1B-0B9C0F5E7A11
Content-Transfer-Encoding: quoted-printable
Content-Type: text/plain;
\tcharset=utf-8

Anbei die Vollmacht. Gr=C3=BC=C3=9Fe


--Apple-Mail=_0F6E2B1C-6E1A-4F5D-9B1B-0B9C0F5E7A11
Content-Disposition: attachment;
\tfilename*=utf-8''Vollmacht%20Wei%C3%9F.pdf
Content-Type: application/pdf;
\tx-unix-mode=0644;
\tname="=?utf-8?Q?Vollmacht_Wei=C3=9F=2Epdf?="
Content-Transfer-Encoding: base64

JVBERi0xLjQK
--Apple-Mail=_0F6E2B1C-6E1A-4F5D-9B1B-0B9C0F5E7A11
Content-Transfer-Encoding: 7bit
Content-Type: text/plain;
\tcharset=us-ascii



--Apple-Mail=_0F6E2B1C-6E1A-4F5D-9B1B-0B9C0F5E7A11--
"""

GMAIL = """\
MIME-Version: 1.0
References: <a@mail.gmail.com>
In-Reply-To: <a@mail.gmail.com>
From: =?UTF-8?Q?Zo=C3=AB_Fischer?= <zoe.fischer@makler.example>
Date: Thu, 7 Mar 2024 12:00:00 +0100
Message-ID: <CAK0x=AbC+d@mail.gmail.com>
Subject: =?UTF-8?B?UmU6IFVudGVybGFnZW4gZsO8ciBkaWUgUGZsZWdlem11c2F0enZlcnNpY2hlcnVuZyDigJ0=?=
\t=?UTF-8?B?IHVuZCBXZWl0ZXJlcw==?=
To: WWK Service <service@wwk.de>, =?UTF-8?Q?Anja_K=C3=B6nig?= <anja.koenig@wwk.at>
Content-Type: multipart/related; boundary="000000000000a1b2c30612f0d4e5"

--000000000000a1b2c30612f0d4e5
Content-Type: multipart/alternative; boundary="000000000000a1b2c20612f0d4e4"

--000000000000a1b2c20612f0d4e4
Content-Type: text/plain; charset="UTF-8"
Content-Transfer-Encoding: base64

R3LDvMOfZSBhdXMgTcO8bmNoZW4NCg==
--000000000000a1b2c20612f0d4e4
Content-Type: text/html; charset="UTF-8"
Content-Transfer-Encoding: base64

PGRpdiBkaXI9Imx0ciI+R3LDvMOfZSBhdXMgTcO8bmNoZW48YnI+PC9kaXY+DQo=
--000000000000a1b2c20612f0d4e4--
--000000000000a1b2c30612f0d4e5
Content-Type: image/png; name="logo.png"
Content-Disposition: inline; filename="logo.png"
Content-Transfer-Encoding: base64
Content-ID: <ii_l0>
X-Attachment-Id: ii_l0

iVBORw0KGgo=
--000000000000a1b2c30612f0d4e5--
"""

THUNDERBIRD = """\
Message-ID: <4c2b7f3e-0c55-4c0e-a3b5-6d8f0a1b2c3d@makler.example>
Date: Fri, 8 Mar 2024 13:00:00 +0100
MIME-Version: 1.0
User-Agent: Mozilla Thunderbird
Content-Language: de-DE
To: vertrag@wwk.de
From: Makler Example <info@makler.example>
Subject: =?UTF-8?Q?R=C3=BCckfrage_zum_Vertrag?=
Organization: Makler Example GmbH
Content-Type: text/plain; charset=UTF-8; format=flowed
Content-Transfer-Encoding: 8bit

Guten Tag,

in der Anlage fehlt die zweite Seite. Können Sie mir diese bitte noch einmal\x20
zusenden? Vielen Dank.

--\x20
Makler Example GmbH
"""

THUNDERBIRD_SIGNED = """\
Message-ID: <77a0a1b2-1111-4222-8333-444455556666@kanzlei.example>
Date: Fri, 8 Mar 2024 14:00:00 +0100
MIME-Version: 1.0
From: Kanzlei Example <post@kanzlei.example>
To: recht@wwk.de
Subject: Az. 12/24
Content-Type: multipart/signed; protocol="application/pkcs7-signature"; micalg=sha-256;
 boundary="------------ms030201060504030201060504"

Dies ist eine kryptografisch unterzeichnete Nachricht im MIME-Format.

--------------ms030201060504030201060504
Content-Type: text/plain; charset=UTF-8; format=flowed
Content-Transfer-Encoding: quoted-printable

Gr=C3=BC=C3=9Fe aus der Kanzlei

--------------ms030201060504030201060504
Content-Type: application/pkcs7-signature; name="smime.p7s"
Content-Transfer-Encoding: base64
Content-Disposition: attachment; filename="smime.p7s"
Content-Description: =?UTF-8?Q?Kryptografische_S/MIME-Signatur?=

MIAGCSqGSIb3DQEHAqCAMIACAQExDzAN
--------------ms030201060504030201060504--
"""

SIGNED_8BIT = THUNDERBIRD_SIGNED.replace("quoted-printable", "8bit").replace("Gr=C3=BC=C3=9Fe", "Grüße")

LOTUS = """\
MIME-Version: 1.0
Subject: Statusmeldung
To: service@wwk.de
From: Eva.Lang@bank.example
Message-ID: <OF0123ABCD.003A5C2B-ONC1258AD6.003A5C2B-C1258AD6.003A5C30@bank.example>
Date: Mon, 11 Mar 2024 11:40:00 +0100
Content-Type: multipart/alternative; boundary="=_alternative 003A5C2BC1258AD6_="

--=_alternative 003A5C2BC1258AD6_=
Content-Transfer-Encoding: quoted-printable
Content-Type: text/plain; charset="ISO-8859-1"

Gr=FC=DFe
--=_alternative 003A5C2BC1258AD6_=
Content-Transfer-Encoding: quoted-printable
Content-Type: text/html; charset="ISO-8859-1"

<font size=3D2 face=3D"sans-serif">Gr=FC=DFe</font>
--=_alternative 003A5C2BC1258AD6_=--
"""

FORWARD = """\
From: Innendienst <innendienst@wwk.de>
To: gutachter@kanzlei.example
Subject: WG: Schadenmeldung
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary="----=_Part_12_345.678";

------=_Part_12_345.678
Content-Type: text/plain; charset=utf-8;
Content-transfer-encoding: 7BIT

Siehe Anlage.
------=_Part_12_345.678
Content-Type: message/rfc822
Content-Disposition: attachment; filename="Schadenmeldung.eml"

From: kunde@makler.example
To: schaden@wwk.de
Subject: =?windows-1252?Q?Schadenmeldung_Kfz_Gr=F6=DFe?=
MIME-Version: 1.0
Content-Type: text/plain; charset="windows-1252"
Content-Transfer-Encoding: quoted-printable

Das Kennzeichen steht im Anhang.
------=_Part_12_345.678--
"""

PADDED = """\
From: a@makler.example
To: b@wwk.de
Subject: Termin
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary=abc123

--abc123\t
Content-Type: text/calendar; charset=utf-8; method=REQUEST; name="invite.ics"
Content-Transfer-Encoding: 8bit

BEGIN:VCALENDAR
SUMMARY:Gespräch
END:VCALENDAR
--abc123 \x20
Content-Type: text/csv; charset=iso-8859-15; name=liste.csv
Content-Transfer-Encoding: base64

TmFtZTtPcnQKTfxsbGVyO038bmNoZW4K
--abc123--\x20
"""

PLAIN = """\
From: cron@wwk.de
To: admin@wwk.de
Subject: Bericht

Alles in Ordnung.
"""

REPORT = """\
From: Mail Delivery System <MAILER-DAEMON@mx.makler.example>
To: absender@wwk.de
Subject: Undelivered Mail Returned to Sender
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status;
\tboundary="4TqZ0000000.1710000000/mx.makler.example"

This is a MIME-encapsulated message.

--4TqZ0000000.1710000000/mx.makler.example
Content-Description: Notification
Content-Type: text/plain; charset=us-ascii

This is the mail system at host mx.makler.example.

--4TqZ0000000.1710000000/mx.makler.example
Content-Description: Delivery report
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.makler.example

Final-Recipient: rfc822; niemand@makler.example
Action: failed
Status: 5.1.1

--4TqZ0000000.1710000000/mx.makler.example
Content-Description: Undelivered Message Headers
Content-Type: text/rfc822-headers

Return-Path: <absender@wwk.de>
Subject: Test

--4TqZ0000000.1710000000/mx.makler.example--
"""

MAILS = {
    name: text.encode("utf-8") for name, text in {
        "outlook": OUTLOOK, "outlook-classic": OUTLOOK_CLASSIC, "apple": APPLE, "gmail": GMAIL,
        "thunderbird": THUNDERBIRD, "thunderbird-signed": THUNDERBIRD_SIGNED, "signed-8bit": SIGNED_8BIT,
        "lotus": LOTUS, "forward": FORWARD, "padded": PADDED, "plain": PLAIN, "report": REPORT,
    }.items()
}
