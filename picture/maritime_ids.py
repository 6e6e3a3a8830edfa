"""Maritime identification digits (MID): the country in a maritime number.

ITU Table of Maritime Identification Digits (Radio Regulations art. 19, ITU-R M.585). Territories stand under
their own name where the table lists them so.
"""

from __future__ import annotations

_TABLE = """
201 Albania|202 Andorra|203 Austria|204 255 263 Portugal|205 Belgium|206 Belarus|207 Bulgaria|208 Vatican City
209 210 212 Cyprus|211 218 Germany|213 Georgia|214 Moldova|215 229 248 249 256 Malta|216 Armenia|219 220 Denmark
224 225 Spain|226 227 228 France|230 Finland|231 Faroe Islands|232 233 234 235 United Kingdom|236 Gibraltar
237 239 240 241 Greece|238 Croatia|242 Morocco|243 Hungary|244 245 246 Netherlands|247 Italy|250 Ireland
251 Iceland|252 Liechtenstein|253 Luxembourg|254 Monaco|257 258 259 Norway|261 Poland|262 Montenegro|264 Romania
265 266 Sweden|267 Slovakia|268 San Marino|269 Switzerland|270 Czechia|271 Türkiye|272 Ukraine|273 Russia
274 North Macedonia|275 Latvia|276 Estonia|277 Lithuania|278 Slovenia|279 Serbia
301 Anguilla|303 338 366 367 368 369 United States|304 305 Antigua and Barbuda|306 Curaçao|307 Aruba
308 309 311 Bahamas|310 Bermuda|312 Belize|314 Barbados|316 Canada|319 Cayman Islands|321 Costa Rica|323 Cuba
325 Dominica|327 Dominican Republic|329 Guadeloupe|330 Grenada|331 Greenland|332 Guatemala|334 Honduras|336 Haiti
339 Jamaica|341 Saint Kitts and Nevis|343 Saint Lucia|345 Mexico|347 Martinique|348 Montserrat|350 Nicaragua
351 352 353 354 355 356 357 370 371 372 373 374 Panama|358 Puerto Rico|359 El Salvador
361 Saint Pierre and Miquelon|362 Trinidad and Tobago|364 Turks and Caicos Islands
375 376 377 Saint Vincent and the Grenadines|378 British Virgin Islands|379 United States Virgin Islands
401 Afghanistan|403 Saudi Arabia|405 Bangladesh|408 Bahrain|410 Bhutan|412 413 414 China|416 Taiwan|417 Sri Lanka
419 India|422 Iran|423 Azerbaijan|425 Iraq|428 Israel|431 432 Japan|434 Turkmenistan|436 Kazakhstan|437 Uzbekistan
438 Jordan|440 441 South Korea|443 Palestine|445 North Korea|447 Kuwait|450 Lebanon|451 Kyrgyzstan|453 Macao
455 Maldives|457 Mongolia|459 Nepal|461 Oman|463 Pakistan|466 Qatar|468 Syria|470 471 United Arab Emirates
472 Tajikistan|473 475 Yemen|477 Hong Kong|478 Bosnia and Herzegovina
501 Adélie Land|503 Australia|506 Myanmar|508 Brunei|510 Micronesia|511 Palau|512 New Zealand|514 515 Cambodia
516 Christmas Island|518 Cook Islands|520 Fiji|523 Cocos Islands|525 Indonesia|529 Kiribati|531 Laos|533 Malaysia
536 Northern Mariana Islands|538 Marshall Islands|540 New Caledonia|542 Niue|544 Nauru|546 French Polynesia
548 Philippines|550 Timor-Leste|553 Papua New Guinea|555 Pitcairn|557 Solomon Islands|559 American Samoa|561 Samoa
563 564 565 566 Singapore|567 Thailand|570 Tonga|572 Tuvalu|574 Viet Nam|576 577 Vanuatu|578 Wallis and Futuna
601 South Africa|603 Angola|605 Algeria|607 Saint Paul and Amsterdam Islands|608 Ascension|609 Burundi|610 Benin
611 Botswana|612 Central African Republic|613 Cameroon|615 Congo|616 620 Comoros|617 Cabo Verde|618 Crozet Islands
619 Côte d'Ivoire|621 Djibouti|622 Egypt|624 Ethiopia|625 Eritrea|626 Gabon|627 Ghana|629 Gambia|630 Guinea-Bissau
631 Equatorial Guinea|632 Guinea|633 Burkina Faso|634 Kenya|635 Kerguelen|636 637 Liberia|638 South Sudan|642 Libya
644 Lesotho|645 Mauritius|647 Madagascar|649 Mali|650 Mozambique|654 Mauritania|655 Malawi|656 Niger|657 Nigeria
659 Namibia|660 Réunion|661 Rwanda|662 Sudan|663 Senegal|664 Seychelles|665 Saint Helena|666 Somalia
667 Sierra Leone|668 São Tomé and Príncipe|669 Eswatini|670 Chad|671 Togo|672 Tunisia|674 677 Tanzania|675 Uganda
676 Democratic Republic of the Congo|678 Zambia|679 Zimbabwe
701 Argentina|710 Brazil|720 Bolivia|725 Chile|730 Colombia|735 Ecuador|740 Falkland Islands|745 French Guiana
750 Guyana|755 Paraguay|760 Peru|765 Suriname|770 Uruguay|775 Venezuela
"""


def _read(table: str) -> dict[int, str]:
    countries = {}
    for entry in table.replace("\n", "|").strip("|").split("|"):
        words = entry.split(" ")
        digits = [word for word in words if word.isdigit()]
        countries.update({int(digit): " ".join(words[len(digits) :]) for digit in digits})
    return countries


MIDS: dict[int, str] = _read(_TABLE)


def mid_of(mmsi: int) -> int | None:
    """The three country digits of an MMSI, wherever its form has them (M.585 annex 1); None: it has none.

    Ship MIDxxxxxx; group 0MIDxxxxx; coast station 00MIDxxxx; search and rescue aircraft 111MIDxxx;
    handheld 8MIDxxxxx; craft of a parent ship 98MIDxxxx; aid to navigation 99MIDxxxx.
    Man-overboard devices, EPIRB and SART (97x) carry a maker's number instead.
    """
    text = f"{mmsi:09d}"
    if len(text) != 9:
        return None
    for form, start in (("00", 2), ("0", 1), ("111", 3), ("98", 2), ("99", 2), ("8", 1)):
        if text.startswith(form):
            return int(text[start : start + 3])
    return int(text[:3]) if text[0] in "234567" else None


def country_of_mmsi(mmsi: int) -> str:
    """English short name of the country in an MMSI, "" when it names none."""
    return MIDS.get(mid_of(mmsi) or 0, "")
