//! NFO files as they are found, good and bad.

use super::*;

/// What a file of one document tells.
fn told(text: &str) -> (Of, Told) {
    read(text.as_bytes()).unwrap().unwrap()
}

fn some(text: &str) -> Option<String> {
    Some(text.to_owned())
}

#[test]
fn a_film_tells_what_it_is() {
    let (of, told) = told(
        "\u{feff}<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n<movie>\n  <title>Blade Runner</title>\n\
         <originaltitle>Blade Runner</originaltitle><year>1982</year><plot>A hunter\n of   replicants &amp; men.</plot>\
         <mpaa>Rated R for violence</mpaa><genre>Science Fiction</genre><genre>Drama / Thriller</genre>\
         <tag>Neo-Noir</tag><edition>Final Cut</edition><premiered>1982-06-25</premiered>\
         <actor><name>Harrison Ford</name><title>Captain</title></actor></movie>\nhttps://www.themoviedb.org/movie/78\n",
    );
    assert_eq!(of, Of::File);
    let expected = Told {
        media_type: Some(MediaType::Movie),
        title: some("Blade Runner"),
        year: Some(1982),
        aired: some("1982-06-25"),
        edition: some("Final Cut"),
        plot: some("A hunter of replicants & men."),
        rating: some("R"),
        genres: Some(["Science Fiction", "Drama", "Thriller"].map(str::to_owned).to_vec()),
        tags: Some(vec!["neo-noir".to_owned()]),
        ..Told::default()
    };
    assert_eq!(told, expected);
}

#[test]
fn a_series_tells_nothing_of_one_episode() {
    let text = "<tvshow><title>Cheers</title><year>1982</year><plot>A bar.</plot><premiered>1982-09-30</premiered>\
                <mpaa>US:TV-PG / DE:FSK 6</mpaa><genre>Comedy</genre></tvshow>";
    let expected = Told {
        series: some("Cheers"),
        year: Some(1982),
        rating: some("TV-PG"),
        genres: Some(vec!["Comedy".to_owned()]),
        ..Told::default()
    };
    assert_eq!(told(text), (Of::Series, expected));
}

#[test]
fn episodes_of_one_file_are_told_together() {
    let one = |episode: u32, title: &str| {
        format!(
            "<?xml version=\"1.0\"?><episodedetails><showtitle>Cheers</showtitle><title>{title}</title>\
             <season>1</season><episode>{episode}</episode><aired>1982-09-30</aired></episodedetails>\n"
        )
    };
    let (_, single) = told(&one(2, "Sam's Women"));
    assert_eq!((single.season, single.episode, single.last_episode), (Some(1), Some(2), None));
    assert_eq!((single.aired, single.year, single.series), (some("1982-09-30"), Some(1982), some("Cheers")));
    let (_, three) = told(&[one(1, "One"), one(2, "Two"), one(3, "Two")].concat());
    assert_eq!((three.episode, three.last_episode), (Some(1), Some(3)));
    assert_eq!(three.title, some("One / Two / Two"));
}

#[test]
fn encodings_are_what_they_are_not_what_they_claim() {
    let title = |content: &[u8]| read(content).unwrap().unwrap().1.title;
    let claims_utf8 = b"<?xml version=\"1.0\" encoding=\"utf-8\"?><movie><title>Am\xe9lie</title></movie>";
    assert_eq!(title(claims_utf8), some("Amélie"));
    let claims_latin = "<?xml version=\"1.0\" encoding=\"iso-8859-1\"?><movie><title>Amélie</title></movie>";
    assert_eq!(title(claims_latin.as_bytes()), some("Amélie"));
    let text = "<movie><title>Сталкер</title></movie>";
    let wide: Vec<u16> = std::iter::once(0xfeff).chain(text.encode_utf16()).collect();
    assert_eq!(title(&wide.iter().flat_map(|unit| unit.to_le_bytes()).collect::<Vec<_>>()), some("Сталкер"));
    assert_eq!(title(&wide.iter().flat_map(|unit| unit.to_be_bytes()).collect::<Vec<_>>()), some("Сталкер"));
}

#[test]
fn what_is_broken_is_told_and_what_is_none_is_left() {
    let check = |text: &str, expected: &str| {
        let cause = read(text.as_bytes()).unwrap_err();
        assert!(cause.contains(expected), "{cause}");
    };
    check("<movie><title>Alien</title>", "ends within <movie>");
    check("<movie><title>Alien</movie>", "is broken at byte");
    check("<movie><title>Alien", "");
    check(&format!("<movie>{}", "<a>".repeat(100_000)), "64 deep");
    let bomb = "<!DOCTYPE m [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;&a;\">]><movie><title>&b;</title></movie>";
    check(bomb, "declares entities");
    let outside = "<!DOCTYPE m SYSTEM \"file:///etc/passwd\"><movie><title>x</title></movie>";
    check(outside, "declares entities");
    for none in ["", "https://www.imdb.com/title/tt0083658/", "▄▄ RELEASED BY <NOBODY> ▄▄", "<html><b>x</html>"]
    {
        assert_eq!(read(none.as_bytes()), Ok(None), "{none}");
    }
}

#[test]
fn odd_values_are_left_out() {
    let (_, told) = told(
        "<movie><title> \u{7}\n</title><year>soon</year><aired>1982-13-40</aired><mpaa></mpaa><genre> / </genre>\
         <plot>a &unknown; b &#66;</plot><season/></movie>",
    );
    let expected = Told { media_type: Some(MediaType::Movie), plot: some("a b B"), ..Told::default() };
    assert_eq!(told, expected);
    let (_, long) = self::told(&format!("<movie><title>{}</title></movie>", "é".repeat(9000)));
    assert_eq!(long.title.unwrap().chars().count(), MAX_TEXT);
}
