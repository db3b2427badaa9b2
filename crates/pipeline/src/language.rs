//! Languages by their codes, of which files and people use three kinds (ISO 639-1, both kinds of 639-2) and tags with
//! a country (BCP 47).

/// ISO 639-1 where the language has such a code, else the code in lower case; without a country.
pub(crate) fn short(code: &str) -> String {
    let code = code.to_ascii_lowercase();
    let primary = code.split(['-', '_']).next().unwrap_or(&code);
    LANGUAGES.iter().find(|(_, long)| long.contains(&primary)).map_or(primary, |(short, _)| short).to_owned()
}

/// The three letters of ISO 639-2/T, as transport streams have them (ISO 13818-1, 2.6.18). `None` where it is no
/// language that is known here, and has no three letters.
pub fn iso_639_2(code: &str) -> Option<[u8; 3]> {
    let short = short(code);
    let known = LANGUAGES.iter().find(|(own, _)| *own == short).map(|(_, long)| long[0]);
    let long = known.unwrap_or(&short).as_bytes();
    long.iter().all(u8::is_ascii_lowercase).then(|| long.try_into().ok()).flatten()
}

/// All codes that a language goes by, the one given among them; none for no language.
pub(crate) fn codes(code: &str) -> Vec<String> {
    let short = short(code);
    let long = LANGUAGES.iter().find(|(known, _)| *known == short).map_or(&[][..], |(_, long)| long);
    let codes = std::iter::once(short.as_str()).chain(long.iter().copied());
    codes.filter(|code| !code.is_empty() && *code != "und").map(ToOwned::to_owned).collect()
}

const LANGUAGES: [(&str, &[&str]); 30] = [
    ("ar", &["ara"]),
    ("bg", &["bul"]),
    ("ca", &["cat"]),
    ("cs", &["ces", "cze"]),
    ("da", &["dan"]),
    ("de", &["deu", "ger"]),
    ("el", &["ell", "gre"]),
    ("en", &["eng"]),
    ("es", &["spa"]),
    ("et", &["est"]),
    ("fi", &["fin"]),
    ("fr", &["fra", "fre"]),
    ("he", &["heb"]),
    ("hi", &["hin"]),
    ("hr", &["hrv"]),
    ("hu", &["hun"]),
    ("it", &["ita"]),
    ("ja", &["jpn"]),
    ("ko", &["kor"]),
    ("nl", &["nld", "dut"]),
    ("no", &["nor"]),
    ("pl", &["pol"]),
    ("pt", &["por"]),
    ("ro", &["ron", "rum"]),
    ("ru", &["rus"]),
    ("sr", &["srp"]),
    ("sv", &["swe"]),
    ("tr", &["tur"]),
    ("uk", &["ukr"]),
    ("zh", &["zho", "chi"]),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_one_language() {
        for code in ["de", "deu", "GER", "de-AT", "de_CH"] {
            assert_eq!((short(code).as_str(), iso_639_2(code)), ("de", Some(*b"deu")), "{code}");
        }
        assert_eq!((short("gsw").as_str(), iso_639_2("gsw")), ("gsw", Some(*b"gsw")));
        assert_eq!(iso_639_2("English"), None);
        assert_eq!(iso_639_2(""), None);
        assert_eq!(codes("ger"), ["de", "deu", "ger"]);
        assert_eq!(codes("und"), [""; 0]);
    }
}
