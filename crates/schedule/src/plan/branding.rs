//! `branding`: what lies over a channel's programmes.

use std::path::{Component, Path};

use super::fields::{Fields, parsed};
use super::tree::Node;
use super::words;
use crate::problem::{Position, Problem};

/// What lies over a channel's programmes. Nothing by default.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Branding {
    /// The channel's logo.
    pub logo: Option<Logo>,
    /// Text that runs through the picture.
    pub crawl: Option<Crawl>,
}

/// The channel's logo, and how it stands in the picture.
#[derive(Clone, Debug, PartialEq)]
pub struct Logo {
    /// The file as the channel file names it: relative to it, or absolute.
    pub file: String,
    /// Where it stands.
    pub at: Corner,
    /// How much of it covers the picture: above 0, and 1 is all.
    pub opacity: f64,
    /// Where the channel file names it.
    pub place: Position,
}

/// A corner of the picture.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Corner {
    /// `top-left`
    TopLeft,
    /// `top-right`
    #[default]
    TopRight,
    /// `bottom-left`
    BottomLeft,
    /// `bottom-right`
    BottomRight,
}

/// A line of text that runs through the picture again and again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Crawl {
    /// What it says, on one line.
    pub text: String,
    /// Where it runs.
    pub at: Edge,
}

/// An edge of the picture.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Edge {
    /// `top`
    Top,
    /// `bottom`
    #[default]
    Bottom,
}

pub(super) const CORNERS: [(&str, Corner); 4] = [
    ("top-left", Corner::TopLeft),
    ("top-right", Corner::TopRight),
    ("bottom-left", Corner::BottomLeft),
    ("bottom-right", Corner::BottomRight),
];

pub(super) const EDGES: [(&str, Edge); 2] = [("top", Edge::Top), ("bottom", Edge::Bottom)];

/// Stations cover little of their pictures: a logo is seen and not looked at.
const OPACITY: f64 = 0.6;

/// Characters of a crawl: some minutes of reading.
pub(super) const LONGEST_CRAWL: usize = 2000;

pub(super) fn read(node: &Node, problems: &mut Vec<Problem>) -> Branding {
    let Some(fields) = Fields::of(node, &words::BRANDING, problems) else { return Branding::default() };
    let bug = fields.get("bug").and_then(|node| Some((node.place, Fields::of(node, &words::BUG, problems)?)));
    let (at, opacity) = bug.as_ref().map_or((Corner::default(), OPACITY), |(_, bug)| read_bug(bug, problems));
    let logo = fields.get("logo").and_then(|node| {
        let file = parsed("logo", node, "bad_value", "a PNG, JPEG or WebP file", file_name, problems)?;
        Some(Logo { file, at, opacity, place: node.place })
    });
    if let Some((place, _)) = bug
        && fields.get("logo").is_none()
    {
        let problem = Problem::error("missing_key", place, "`bug` says where the logo stands, and there is no `logo`.");
        problems.push(problem.with_hint("Write `logo: assets/logo.png`, or remove `bug`."));
    }
    Branding { logo, crawl: fields.get("crawl").and_then(|node| read_crawl(node, problems)) }
}

fn read_bug(bug: &Fields<'_>, problems: &mut Vec<Problem>) -> (Corner, f64) {
    let corner = |text: &str| CORNERS.iter().find(|(word, _)| *word == text).map(|(_, corner)| *corner);
    let corners = "one of top-left, top-right, bottom-left and bottom-right";
    let at = bug.get("at").and_then(|node| parsed("at", node, "bad_value", corners, corner, problems));
    let part = |text: &str| text.parse().ok().filter(|part| (0.01..=1.0).contains(part));
    let parts = "a number from 0.01, nearly clear, to 1, opaque";
    let opacity = bug.get("opacity").and_then(|node| parsed("opacity", node, "bad_value", parts, part, problems));
    (at.unwrap_or_default(), opacity.unwrap_or(OPACITY))
}

fn read_crawl(node: &Node, problems: &mut Vec<Problem>) -> Option<Crawl> {
    let fields = Fields::of(node, &words::CRAWL, problems)?;
    let edge = |text: &str| EDGES.iter().find(|(word, _)| *word == text).map(|(_, edge)| *edge);
    let at = fields.get("at").and_then(|node| parsed("at", node, "bad_value", "top or bottom", edge, problems));
    let node = fields.require("text", "text: \"Back in a moment\"", problems)?;
    let expected = format!("a text of 1 to {LONGEST_CRAWL} characters");
    let words = |text: &str| {
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        (1..=LONGEST_CRAWL).contains(&text.chars().count()).then_some(text)
    };
    let text = parsed("text", node, "bad_value", &expected, words, problems)?;
    Some(Crawl { text, at: at.unwrap_or_default() })
}

fn file_name(text: &str) -> Option<String> {
    let named = Path::new(text).components().next_back().is_some_and(|last| matches!(last, Component::Normal(_)));
    (named && !text.contains('\0')).then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Plan;

    const REST: &str =
        "channel: c\npools: { p: { match: {} } }\nschedule: { all: [{ at: 06:00, for: 24h, play: p }] }\n";

    /// What a branding of `lines`, from the file's first line on, means.
    fn branding(lines: &str) -> Result<Branding, Vec<String>> {
        let (plan, problems) = Plan::read(&format!("branding: {lines}\n{REST}"));
        plan.map(|plan| plan.branding).ok_or_else(|| {
            problems.iter().map(|p| format!("{}:{} {} {}", p.line, p.column, p.code, p.message)).collect()
        })
    }

    #[track_caller]
    fn refused(lines: &str, place: &str, what: &str) {
        let told = branding(lines).unwrap_err();
        assert!(told[0].starts_with(place) && told[0].contains(what), "{told:?}");
    }

    #[test]
    fn a_logo_and_a_crawl_are_read() {
        let read = branding("{ logo: assets/a.png, bug: { at: bottom-left, opacity: 0.25 } }").unwrap();
        let place = Position { line: 1, column: 19 };
        let logo = Logo { file: "assets/a.png".to_owned(), at: Corner::BottomLeft, opacity: 0.25, place };
        assert_eq!(read, Branding { logo: Some(logo), crawl: None });
        let read = branding("{ logo: a.png, crawl: { text: \" Good\n  evening \", at: top } }").unwrap();
        let logo = read.logo.unwrap();
        assert_eq!((logo.at, logo.opacity), (Corner::TopRight, OPACITY));
        assert_eq!(read.crawl, Some(Crawl { text: "Good evening".to_owned(), at: Edge::Top }));
        assert_eq!(branding("{}").unwrap(), Branding::default());
    }

    #[test]
    fn mistakes_are_told_where_they_are() {
        refused("{ logo: a.png, bug: { at: middle } }", "1:37 bad_value", "top-left");
        refused("{ logo: a.png, bug: { opacity: 60 } }", "1:42 bad_value", "from 0.01");
        refused("{ logo: a.png, bug: { opacity: 0 } }", "1:42 bad_value", "from 0.01");
        refused("{ bug: { at: top-left } }", "1:18 missing_key", "no `logo`");
        refused("{ logo: assets/.. }", "1:19 bad_value", "PNG");
        refused("{ crawl: { at: top } }", "1:20 missing_key", "text");
        refused("{ crawl: { text: x, at: left } }", "1:35 bad_value", "top or bottom");
        refused("{ lgoo: a.png }", "1:13 unknown_key", "lgoo");
    }
}
