//! Tables for people: they fit the terminal, whatever names are in them.

use rustix::termios::tcgetwinsize;
use unicode_width::UnicodeWidthChar;

/// Between columns.
const GAP: usize = 2;

/// Cells of a column that was cut: enough to tell most names apart.
const LEAST: usize = 12;

/// What control characters are shown as. They would move the cursor, colour the screen, or turn text round.
const HIDDEN: char = '\u{fffd}';

/// How a column gives way where a table is wider than the terminal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fit {
    Whole,
    Cut,
    Spare,
}

/// The head of a column.
#[derive(Clone, Copy, Debug)]
pub struct Column {
    head: &'static str,
    fit: Fit,
}

/// A column that is never cut: ids and names, which are copied into the next command.
pub const fn whole(head: &'static str) -> Column {
    Column { head, fit: Fit::Whole }
}

/// A column that is cut where the terminal is narrow.
pub const fn cut(head: &'static str) -> Column {
    Column { head, fit: Fit::Cut }
}

/// A column that is left out where the terminal is narrow.
pub const fn spare(head: &'static str) -> Column {
    Column { head, fit: Fit::Spare }
}

impl From<&'static str> for Column {
    fn from(head: &'static str) -> Self {
        cut(head)
    }
}

/// A table with one header line, as wide as the terminal at most.
pub fn table<const N: usize, C: Into<Column>>(columns: [C; N], rows: impl IntoIterator<Item = [String; N]>) -> String {
    draw(&columns.map(Into::into), &rows.into_iter().collect::<Vec<_>>(), terminal_width())
}

/// Text without control characters, for one line of a terminal.
pub fn on_one_line(text: &str) -> String {
    text.chars().map(|c| if is_hidden(c) { HIDDEN } else { c }).collect()
}

/// Text without control characters but for its ends of lines.
pub fn visible(text: &str) -> String {
    text.chars().map(|c| if is_hidden(c) && c != '\n' { HIDDEN } else { c }).collect()
}

fn is_hidden(c: char) -> bool {
    let turns_text = matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    c.is_control() || turns_text || matches!(c, '\u{2028}' | '\u{2029}')
}

/// Of the terminal, or as `COLUMNS` says where there is none. None where nobody cares.
fn terminal_width() -> Option<usize> {
    let told = match tcgetwinsize(std::io::stdout()) {
        Ok(size) => Some(usize::from(size.ws_col)),
        Err(_) => std::env::var("COLUMNS").ok()?.parse().ok(),
    };
    told.filter(|width| *width > 0)
}

fn draw<const N: usize>(columns: &[Column; N], rows: &[[String; N]], width: Option<usize>) -> String {
    let rows: Vec<[String; N]> = rows.iter().map(|row| row.each_ref().map(|cell| on_one_line(cell))).collect();
    let natural: [usize; N] = std::array::from_fn(|at| {
        rows.iter().map(|row| cells(&row[at])).chain([cells(columns[at].head)]).max().unwrap_or_default()
    });
    match fitted(columns, &natural, width.unwrap_or(usize::MAX)) {
        Some(widths) => lines(columns, &rows, &widths),
        None => records(columns, &rows, width.unwrap_or(usize::MAX)),
    }
}

/// How wide each column becomes, none for one that is left out. None where there is no room for a table.
fn fitted<const N: usize>(columns: &[Column; N], natural: &[usize; N], width: usize) -> Option<[Option<usize>; N]> {
    let mut widths = natural.map(Some);
    let taken = |widths: &[Option<usize>; N]| {
        widths.iter().flatten().fold(0_usize, |sum, width| sum.saturating_add(width + GAP)).saturating_sub(GAP)
    };
    let may_be_cut = |at: &usize| columns[*at].fit == Fit::Cut;
    let least = |widths: &[Option<usize>; N]| {
        let mut least = *widths;
        (0..N).filter(may_be_cut).for_each(|at| least[at] = least[at].map(|width| width.min(LEAST)));
        taken(&least)
    };
    let mut spare: Vec<usize> = (0..N).filter(|at| columns[*at].fit == Fit::Spare).collect();
    while taken(&widths) > width {
        // names are cut first, but not to nothing
        if least(&widths) <= width {
            let widest = (0..N).filter(may_be_cut).max_by_key(|at| widths[*at])?;
            widths[widest] = widths[widest].map(|width| width - 1);
        } else {
            widths[spare.pop()?] = None;
        }
    }
    Some(widths)
}

fn lines<const N: usize>(columns: &[Column; N], rows: &[[String; N]], widths: &[Option<usize>; N]) -> String {
    let heads = columns.map(|column| column.head.to_owned());
    let line = |row: &[String; N]| {
        let shown = row.iter().zip(widths).filter_map(|(cell, width)| Some((cell, (*width)?)));
        let padded = shown.map(|(cell, width)| {
            let cell = shortened(cell, width);
            let blank = " ".repeat(width.saturating_sub(cells(&cell)) + GAP);
            cell + &blank
        });
        padded.collect::<String>().trim_end().to_owned()
    };
    std::iter::once(&heads).chain(rows).map(line).collect::<Vec<_>>().join("\n")
}

/// Each row as lines of its own, the first column above the others.
fn records<const N: usize>(columns: &[Column; N], rows: &[[String; N]], width: usize) -> String {
    let label = columns.iter().skip(1).map(|column| cells(column.head)).max().unwrap_or_default();
    let room = width.saturating_sub(label + 2 * GAP).max(1);
    let record = |row: &[String; N]| {
        let fields = columns.iter().zip(row).skip(1).filter(|(_, cell)| !cell.is_empty());
        let fields = fields.map(|(column, cell)| format!("  {:<label$}  {}", column.head, shortened(cell, room)));
        row.iter().take(1).cloned().chain(fields).collect::<Vec<_>>().join("\n")
    };
    rows.iter().map(record).collect::<Vec<_>>().join("\n")
}

/// How many cells of a terminal a text takes: two for a Chinese character, none for an accent of its own.
fn cells(text: &str) -> usize {
    text.chars().map(|c| c.width().unwrap_or_default()).sum()
}

fn shortened(text: &str, width: usize) -> String {
    if cells(text) <= width {
        return text.to_owned();
    }
    let mut room = width.saturating_sub(1);
    let fitting = text.chars().take_while(|c| {
        let left = room.checked_sub(c.width().unwrap_or_default());
        room = left.unwrap_or_default();
        left.is_some()
    });
    fitting.chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const COLUMNS: [Column; 4] = [whole("ID"), spare("KIND"), cut("SERIES"), cut("TITLE")];

    fn row(id: &str, kind: &str, series: &str, title: &str) -> [String; 4] {
        [id, kind, series, title].map(str::to_owned)
    }

    fn check(width: usize, rows: &[[String; 4]], expected: &str) {
        let drawn = draw(&COLUMNS, rows, Some(width));
        assert_eq!(drawn, expected, "{width}");
        assert!(drawn.lines().all(|line| cells(line) <= width), "{width}");
    }

    #[test]
    fn a_table_gives_way_column_by_column() {
        let rows = [
            row("a1", "programme", "Cheers", "Sam's Women"),
            row("a2", "commercial", "", "The longest title that anybody has ever given to an advert"),
        ];
        let full = "ID  KIND        SERIES  TITLE\n\
                    a1  programme   Cheers  Sam's Women\n\
                    a2  commercial          The longest title that anybody has ever given to an advert";
        assert_eq!(draw(&COLUMNS, &rows, None), full);
        check(82, &rows, full);
        check(
            44,
            &rows,
            "ID  KIND        SERIES  TITLE\n\
             a1  programme   Cheers  Sam's Women\n\
             a2  commercial          The longest title t…",
        );
        check(
            30,
            &rows,
            "ID  SERIES  TITLE\n\
             a1  Cheers  Sam's Women\n\
             a2          The longest title…",
        );
        check(
            20,
            &rows,
            "a1\n  KIND    programme\n  SERIES  Cheers\n  TITLE   Sam's Wom…\n\
             a2\n  KIND    commercial\n  TITLE   The longe…",
        );
    }

    #[test]
    fn wide_and_combined_characters_are_counted_as_they_are_shown() {
        let rows = [
            row("a1", "programme", "", "夏のあらし！夏のあらし！"),
            row("a2", "programme", "", "Cafe\u{301} Ole\u{301} with a tail"),
        ];
        check(
            31,
            &rows,
            "ID  SERIES  TITLE\n\
             a1          夏のあらし！夏のあ…\n\
             a2          Cafe\u{301} Ole\u{301} with a ta…",
        );
    }

    #[test]
    fn nothing_in_a_name_reaches_the_terminal_but_its_letters() {
        let drawn = draw(&COLUMNS, &[row("a1", "x", "a\u{1b}[31mred\nline\t\u{7f}\u{9b}", "\u{202e}desrever")], None);
        assert_eq!(drawn.lines().last(), Some("a1  x     a�[31mred�line���  �desrever"));
        assert_eq!(visible("one\ntwo\r"), "one\ntwo�");
    }
}
