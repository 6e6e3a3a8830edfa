"""The state of registry in a 24-bit aircraft address, and in a registration mark.

Address blocks: ICAO Annex 10 volume III, table 9-1. Marks: ICAO Annex 7 (as published by the states).
"""

from __future__ import annotations

from bisect import bisect_right

_BLOCKS = """
004000 0043FF Zimbabwe|006000 006FFF Mozambique|008000 00FFFF South Africa|010000 017FFF Egypt|018000 01FFFF Libya
020000 027FFF Morocco|028000 02FFFF Tunisia|030000 0303FF Botswana|032000 032FFF Burundi|034000 034FFF Cameroon
035000 0353FF Comoros|036000 036FFF Congo|038000 038FFF Côte d'Ivoire|03E000 03EFFF Gabon|040000 040FFF Ethiopia
042000 042FFF Equatorial Guinea|044000 044FFF Ghana|046000 046FFF Guinea|048000 0483FF Guinea-Bissau
04A000 04A3FF Lesotho|04C000 04CFFF Kenya|050000 050FFF Liberia|054000 054FFF Madagascar|058000 058FFF Malawi
05A000 05A3FF Maldives|05C000 05CFFF Mali|05E000 05E3FF Mauritania|060000 0603FF Mauritius|062000 062FFF Niger
064000 064FFF Nigeria|068000 068FFF Uganda|06A000 06AFFF Qatar|06C000 06CFFF Central African Republic
06E000 06EFFF Rwanda|070000 070FFF Senegal|074000 0743FF Seychelles|076000 0763FF Sierra Leone
078000 078FFF Somalia|07A000 07A3FF Eswatini|07C000 07CFFF Sudan|080000 080FFF Tanzania|084000 084FFF Chad
088000 088FFF Togo|08A000 08AFFF Zambia|08C000 08CFFF Democratic Republic of the Congo|090000 090FFF Angola
094000 0943FF Benin|096000 0963FF Cabo Verde|098000 0983FF Djibouti|09A000 09AFFF Gambia|09C000 09CFFF Burkina Faso
09E000 09E3FF São Tomé and Príncipe|0A0000 0A7FFF Algeria|0A8000 0A8FFF Bahamas|0AA000 0AA3FF Barbados
0AB000 0AB3FF Belize|0AC000 0ADFFF Colombia|0AE000 0AEFFF Costa Rica|0B0000 0B0FFF Cuba|0B2000 0B2FFF El Salvador
0B4000 0B4FFF Guatemala|0B6000 0B6FFF Guyana|0B8000 0B8FFF Haiti|0BA000 0BAFFF Honduras
0BC000 0BC3FF Saint Vincent and the Grenadines|0BE000 0BEFFF Jamaica|0C0000 0C0FFF Nicaragua|0C2000 0C2FFF Panama
0C4000 0C4FFF Dominican Republic|0C6000 0C6FFF Trinidad and Tobago|0C8000 0C8FFF Suriname
0CA000 0CA3FF Antigua and Barbuda|0CC000 0CC3FF Grenada|0D0000 0D7FFF Mexico|0D8000 0DFFFF Venezuela
100000 1FFFFF Russia|201000 2013FF Namibia|202000 2023FF Eritrea|300000 33FFFF Italy|340000 37FFFF Spain
380000 3BFFFF France|3C0000 3FFFFF Germany|400000 43FFFF United Kingdom|440000 447FFF Austria|448000 44FFFF Belgium
450000 457FFF Bulgaria|458000 45FFFF Denmark|460000 467FFF Finland|468000 46FFFF Greece|470000 477FFF Hungary
478000 47FFFF Norway|480000 487FFF Netherlands|488000 48FFFF Poland|490000 497FFF Portugal|498000 49FFFF Czechia
4A0000 4A7FFF Romania|4A8000 4AFFFF Sweden|4B0000 4B7FFF Switzerland|4B8000 4BFFFF Türkiye|4C0000 4C7FFF Serbia
4C8000 4C83FF Cyprus|4CA000 4CAFFF Ireland|4CC000 4CCFFF Iceland|4D0000 4D03FF Luxembourg|4D2000 4D2FFF Malta
4D4000 4D43FF Monaco|500000 5003FF San Marino|501000 5013FF Albania|501C00 501FFF Croatia|502C00 502FFF Latvia
503C00 503FFF Lithuania|504C00 504FFF Moldova|505C00 505FFF Slovakia|506C00 506FFF Slovenia
507C00 507FFF Uzbekistan|508000 50FFFF Ukraine|510000 5103FF Belarus|511000 5113FF Estonia
512000 5123FF North Macedonia|513000 5133FF Bosnia and Herzegovina|514000 5143FF Georgia|515000 5153FF Tajikistan
516000 5163FF Montenegro|600000 6003FF Armenia|600800 600BFF Azerbaijan|601000 6013FF Kyrgyzstan
601800 601BFF Turkmenistan|680000 6803FF Bhutan|681000 6813FF Micronesia|682000 6823FF Mongolia
683000 6833FF Kazakhstan|684000 6843FF Palau|700000 700FFF Afghanistan|702000 702FFF Bangladesh
704000 704FFF Myanmar|706000 706FFF Kuwait|708000 708FFF Laos|70A000 70AFFF Nepal|70C000 70C3FF Oman
70E000 70EFFF Cambodia|710000 717FFF Saudi Arabia|718000 71FFFF South Korea|720000 727FFF North Korea
728000 72FFFF Iraq|730000 737FFF Iran|738000 73FFFF Israel|740000 747FFF Jordan|748000 74FFFF Lebanon
750000 757FFF Malaysia|758000 75FFFF Philippines|760000 767FFF Pakistan|768000 76FFFF Singapore
770000 777FFF Sri Lanka|778000 77FFFF Syria|780000 7BFFFF China|7C0000 7FFFFF Australia|800000 83FFFF India
840000 87FFFF Japan|880000 887FFF Thailand|888000 88FFFF Viet Nam|890000 890FFF Yemen|894000 894FFF Bahrain
895000 8953FF Brunei|896000 896FFF United Arab Emirates|897000 8973FF Solomon Islands
898000 898FFF Papua New Guinea|899000 8993FF Taiwan|8A0000 8A7FFF Indonesia|900000 9003FF Marshall Islands
901000 9013FF Cook Islands|902000 9023FF Samoa|A00000 AFFFFF United States|C00000 C3FFFF Canada
C80000 C87FFF New Zealand|C88000 C88FFF Fiji|C8A000 C8A3FF Nauru|C8C000 C8C3FF Saint Lucia|C8D000 C8D3FF Tonga
C8E000 C8E3FF Kiribati|C90000 C903FF Vanuatu|C91000 C913FF Andorra|C92000 C923FF Dominica
C93000 C933FF Saint Kitts and Nevis|C94000 C943FF South Sudan|C95000 C953FF Timor-Leste|C97000 C973FF Tuvalu
E00000 E3FFFF Argentina|E40000 E7FFFF Brazil|E80000 E80FFF Chile|E84000 E84FFF Ecuador|E88000 E88FFF Paraguay
E8C000 E8CFFF Peru|E90000 E90FFF Uruguay|E94000 E94FFF Bolivia
"""

# Marks with a hyphen after the prefix. Where several registers share one address block (the United Kingdom's
# overseas territories and islands, China with Hong Kong and Macao) the block's state stands for all of them.
_MARKS = """
ZK ZL ZM New Zealand|VH Australia|DQ Fiji|P2 Papua New Guinea|H4 Solomon Islands|YJ Vanuatu|5W Samoa|A3 Tonga
E5 Cook Islands|T3 Kiribati|C2 Nauru|T2 Tuvalu|V6 Micronesia|V7 Marshall Islands|T8 Palau|4W Timor-Leste
9V Singapore|9M Malaysia|HS Thailand|PK Indonesia|RP Philippines|XV VN Viet Nam|V8 Brunei|XU Cambodia|RDPL Laos
XY XZ Myanmar|VT India|4R Sri Lanka|8Q Maldives|AP Pakistan|S2 Bangladesh|9N Nepal|A5 Bhutan|B China|JU Mongolia
P North Korea|A6 United Arab Emirates|A7 Qatar|A9C Bahrain|9K Kuwait|A4O Oman|HZ Saudi Arabia|EP Iran|YI Iraq
JY Jordan|OD Lebanon|4X Israel|YK Syria|7O Yemen|TC Türkiye|5B Cyprus
G M 2 VP VQ ZJ United Kingdom|EI EJ Ireland|F France|D Germany|HB Switzerland|OE Austria|I Italy|EC Spain
CS CR Portugal|PH Netherlands|OO Belgium|LX Luxembourg|OY Denmark|SE Sweden|LN Norway|OH Finland|TF Iceland
ES Estonia|YL Latvia|LY Lithuania|SP Poland|OK Czechia|OM Slovakia|HA Hungary|YR Romania|LZ Bulgaria|SX Greece
9A Croatia|S5 Slovenia|YU Serbia|T9 E7 Bosnia and Herzegovina|4O Montenegro|Z3 North Macedonia|ZA Albania|9H Malta
3A Monaco|T7 San Marino|UR Ukraine|EW Belarus|ER Moldova|RA RF Russia|4L Georgia|EK Armenia|4K Azerbaijan
UP Kazakhstan|UK Uzbekistan|EZ Turkmenistan|EX Kyrgyzstan|EY Tajikistan|YA Afghanistan
C Canada|XA XB XC Mexico|TG Guatemala|YS El Salvador|HR Honduras|YN Nicaragua|TI Costa Rica|HP Panama|CU Cuba
6Y Jamaica|HH Haiti|HI Dominican Republic|C6 Bahamas|8P Barbados|9Y Trinidad and Tobago|V3 Belize
LV LQ Argentina|PP PR PS PT PU Brazil|CC Chile|HK HJ Colombia|HC Ecuador|OB Peru|CP Bolivia|ZP Paraguay|CX Uruguay
YV Venezuela|8R Guyana|PZ Suriname
ZS ZT ZU South Africa|5Y Kenya|5H Tanzania|5X Uganda|9XR Rwanda|ET Ethiopia|SU Egypt|5A Libya|TS Tunisia|7T Algeria
CN Morocco|5N Nigeria|9G Ghana|TU Côte d'Ivoire|6V 6W Senegal|D2 Angola|V5 Namibia|A2 Botswana|Z Zimbabwe
9J Zambia|7Q Malawi|C9 Mozambique|5R Madagascar|3B Mauritius|S7 Seychelles|9Q Democratic Republic of the Congo
TN Congo|TR Gabon|TJ Cameroon|D6 Comoros|ST Sudan|6O Somalia|J2 Djibouti|E3 Eritrea|5V Togo|TY Benin|TZ Mali
XT Burkina Faso|5U Niger|TT Chad|TL Central African Republic|A8 Liberia|9L Sierra Leone|3X Guinea|J5 Guinea-Bissau
C5 Gambia|D4 Cabo Verde|S9 São Tomé and Príncipe|3C Equatorial Guinea|9U Burundi|7P Lesotho|3DC Eswatini
"""


def _read_blocks() -> tuple[list[int], list[int], list[str]]:
    entries = sorted(
        (int(first, 16), int(last, 16), name)
        for first, last, name in (e.split(" ", 2) for e in _BLOCKS.replace("\n", "|").strip("|").split("|"))
    )
    return [e[0] for e in entries], [e[1] for e in entries], [e[2] for e in entries]


def _read_marks() -> dict[str, str]:
    marks = {}
    for entry in _MARKS.replace("\n", "|").strip("|").split("|"):
        words = entry.split(" ")
        n = sum(word.isupper() or word.isdigit() for word in words)
        marks.update({mark: " ".join(words[n:]) for mark in words[:n]})
    return marks


_FIRST, _LAST, _STATE = _read_blocks()
MARKS: dict[str, str] = _read_marks()


def country_of_icao24(address: int) -> str:
    """English short name of the state whose block the address lies in, "" when in none."""
    at = bisect_right(_FIRST, address) - 1
    return _STATE[at] if at >= 0 and address <= _LAST[at] else ""


def country_of_registration(registration: str) -> str:
    """The state of a registration mark, "" when the mark does not tell (military and unusual ones)."""
    mark, hyphen, _ = registration.strip().upper().partition("-")
    if hyphen:
        return MARKS.get(mark, "")
    for prefix, state in (("JA", "Japan"), ("HL", "South Korea"), ("N", "United States"), ("UK", "Uzbekistan")):
        if mark.startswith(prefix) and mark[len(prefix) : len(prefix) + 1].isdigit():
            return state
    return ""


def disagrees(address: int, registration: str) -> tuple[str, str] | None:
    """(state of the address, state of the mark) where both are known and differ; None otherwise."""
    block, mark = country_of_icao24(address), country_of_registration(registration)
    if not block or not mark or block == mark or (mark, block) == ("China", "Taiwan"):
        return None
    return block, mark
