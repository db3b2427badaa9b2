//! The nights that a channel spends off air: a layer above all others.

use super::fields::{Fields, parsed, text};
use super::slot::Names;
use super::tree::{Node, Value};
use super::{Breaks, Days, Layer, Order, Overrun, Play, Slot, SlotEnd, scalar, words};
use crate::problem::Problem;

/// What guides show.
const TITLE: &str = "Off air";

/// The layer's name, which no other can have.
const LAYER: &str = "off_air";

/// The card as files call it. A pool may be called so.
const TEST_CARD: &str = "test-card";

/// What a channel shows while it is off air.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OffAir {
    /// The pool of which one item begins each night.
    pub sign_off: Option<String>,
    /// What is shown until the night is over.
    pub show: NightShow,
}

/// What is shown until the night is over.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum NightShow {
    /// The card.
    #[default]
    Card,
    /// The items of a pool, in sequence.
    Pool(String),
    /// An asset, by its id, again and again.
    Asset(String),
}

impl OffAir {
    /// The pools that it names.
    pub(crate) fn pools(&self) -> impl Iterator<Item = &String> {
        let shown = match &self.show {
            NightShow::Pool(pool) => Some(pool),
            NightShow::Card | NightShow::Asset(_) => None,
        };
        self.sign_off.iter().chain(shown)
    }
}

/// The layer that `off_air` means.
pub(super) fn read(node: &Node, names: &mut Names<'_>, problems: &mut Vec<Problem>) -> Option<Layer> {
    let fields = Fields::of(node, &words::OFF_AIR, problems)?;
    let from = fields.require("from", "from: \"02:00\"", problems);
    let from =
        from.and_then(|node| parsed("from", node, "bad_time", "a time of day as \"02:00\"", scalar::time, problems));
    let to = fields.require("to", "to: \"06:00\"", problems);
    let end =
        to.and_then(|node| parsed("to", node, "bad_time", "a time of day as \"06:00\"", scalar::end_time, problems));
    if let Some(node) = to.filter(|_| from.is_some() && from == end) {
        let message = "The channel would be off air all day.";
        problems.push(Problem::error("bad_value", node.place, message).with_hint("Let `to` differ from `from`."));
    }
    let show = fields.get("show").map(|node| read_show(node, names, problems)).unwrap_or_default();
    let sign_off = fields.get("sign_off").and_then(|node| {
        let name = text("sign_off", node, problems)?;
        names.note(name, node, problems);
        Some(name.to_owned())
    });
    let off_air = OffAir { sign_off, show };
    let from = from?;
    let slot = Slot {
        index: 0,
        id: format!("{LAYER}@{}", scalar::show_time(from)),
        at: from,
        end: SlotEnd::Until(end?),
        play: Play::OffAir(off_air),
        order: Order::Sequential,
        overrun: Overrun::Trim,
        title: Some(TITLE.to_owned()),
        breaks: Some(Breaks::default()),
        traffic: None,
        place: node.place,
    };
    Some(Layer { name: LAYER.to_owned(), days: Days::Always, slots: vec![slot], place: node.place })
}

/// A pool, the card by its own name, or one asset.
fn read_show(node: &Node, names: &mut Names<'_>, problems: &mut Vec<Problem>) -> NightShow {
    if let Value::Map(_) = node.value {
        let fields = Fields::of(node, &words::PLAY, problems);
        let asset = fields.and_then(|fields| {
            let asset = fields.require("asset", "show: { asset: ID }", problems)?;
            text("asset", asset, problems)
        });
        return asset.map_or(NightShow::Card, |id| NightShow::Asset(id.to_owned()));
    }
    match text("show", node, problems) {
        Some(TEST_CARD) if !names.pools.contains_key(TEST_CARD) => NightShow::Card,
        Some(name) => {
            names.note(name, node, problems);
            NightShow::Pool(name.to_owned())
        }
        None => NightShow::Card,
    }
}
