//! A failing file made small.

/// So many smaller files are looked at.
const MOST_TRIES: usize = 3000;

/// The smallest file that still `fails`, found by leaving out more and more lines, then characters.
pub(crate) fn smaller(text: &str, fails: impl Fn(&str) -> bool) -> String {
    std::panic::set_hook(Box::new(|_| {}));
    let mut tries = 0;
    let lines = text.split_inclusive('\n').map(str::to_owned).collect();
    let text = without(lines, &mut tries, &fails);
    let found = without(text.chars().map(String::from).collect(), &mut tries, &fails);
    drop(std::panic::take_hook());
    found
}

/// What is left of `pieces` where none can go without which it still fails.
fn without(mut pieces: Vec<String>, tries: &mut usize, fails: impl Fn(&str) -> bool) -> String {
    let mut size = pieces.len() / 2;
    while size > 0 {
        let mut at = 0;
        while at < pieces.len() && *tries < MOST_TRIES {
            let mut rest = pieces.clone();
            rest.drain(at..(at + size).min(pieces.len()));
            *tries += 1;
            if fails(&rest.concat()) {
                pieces = rest;
            } else {
                at += size;
            }
        }
        size /= 2;
    }
    pieces.concat()
}
