//! What lies between the programmes of a proposed channel: its grid, its breaks, and what covers the rest.

use super::draft::{Draft, seconds};
use crate::asset::{Asset, Kind};
use crate::plan::Match;

/// Grids in minutes, the one that television has first.
const GRIDS: [i64; 4] = [30, 15, 10, 5];

/// Programmes that are shorter on average follow one another: nobody wants a break behind each song.
const SHORTEST_ON_A_GRID: i64 = 10 * 60;

/// Cooldowns in minutes, the best first.
const COOLDOWNS: [i64; 3] = [120, 60, 30];

/// A pool of what runs between programmes.
struct Held {
    pool: &'static str,
    /// Those kinds of it that there are.
    kinds: Vec<Kind>,
    seconds: i64,
}

/// A grid, and what it makes of a channel's programmes.
struct Grid {
    minutes: i64,
    /// What all of them take, in seconds.
    time: i64,
    /// What of it is their own.
    shown: i64,
}

/// What a library holds beside programmes.
pub(super) struct Spots {
    spots: Held,
    promos: Held,
    bumpers: Held,
    idents: Held,
    filler: Held,
}

/// What a channel has between its programmes.
#[derive(Default)]
pub(super) struct Filling {
    /// In minutes; none where programmes follow one another.
    pub(super) grid: Option<i64>,
    /// The pools of all that.
    pub(super) pools: Vec<(&'static str, Match)>,
    /// The pools of a break, and whether they repeat.
    pub(super) pod: Vec<(&'static str, bool)>,
    /// In minutes.
    pub(super) cooldown: Option<i64>,
    /// What covers what breaks leave.
    pub(super) fallback: Option<&'static str>,
    /// What begins a night.
    pub(super) sign_off: Option<&'static str>,
}

impl Held {
    fn of(pool: &'static str, kinds: &[Kind], library: &[Asset]) -> Self {
        let mut held = Self { pool, kinds: Vec::new(), seconds: 0 };
        for kind in kinds {
            let of_kind = library.iter().filter(|asset| asset.kind == *kind && seconds(asset) > 0);
            let total = of_kind.fold(0, |sum: i64, asset| sum.saturating_add(seconds(asset)));
            if total > 0 {
                held.kinds.push(*kind);
                held.seconds = held.seconds.saturating_add(total);
            }
        }
        held
    }

    fn is_empty(&self) -> bool {
        self.kinds.is_empty()
    }

    fn matches(&self) -> Match {
        Match { kinds: self.kinds.clone(), ..Match::default() }
    }
}

impl Spots {
    pub(super) fn of(library: &[Asset]) -> Self {
        Self {
            spots: Held::of("spots", &[Kind::Commercial, Kind::Psa], library),
            promos: Held::of("promos", &[Kind::Promo], library),
            bumpers: Held::of("bumpers", &[Kind::Bumper], library),
            idents: Held::of("idents", &[Kind::StationId], library),
            filler: Held::of("filler", &[Kind::Filler], library),
        }
    }

    /// What `draft` has between its programmes.
    pub(super) fn fill(&self, draft: &Draft<'_>) -> Filling {
        let mut filling = Filling::default();
        if let Some(Grid { minutes, time, shown }) = self.grid(draft) {
            filling.grid = Some(minutes);
            let repeats = [&self.spots, &self.promos].into_iter().find(|held| !held.is_empty());
            if let Some(repeats) = repeats {
                let parts = [&self.bumpers, &self.spots, &self.promos, &self.idents];
                let parts = parts.into_iter().filter(|held| !held.is_empty());
                filling.pod = parts.map(|held| (held.pool, held.pool == repeats.pool)).collect();
            }
            // rather idents again and again for some seconds than half a commercial
            let covers = [&self.filler, &self.idents, &self.bumpers, &self.promos, &self.spots];
            filling.fallback = covers.into_iter().find(|held| !held.is_empty()).map(|held| held.pool);
            // twice as many as it takes, for they do not come out even
            let takes = |minutes: i64| 2 * i128::from(minutes * 60) * i128::from(time - shown);
            let has_enough = |minutes: &i64| i128::from(self.spots.seconds) * i128::from(time) >= takes(*minutes);
            filling.cooldown =
                COOLDOWNS.into_iter().find(has_enough).filter(|_| self.spots.kinds.contains(&Kind::Commercial));
        }
        filling.sign_off = draft.night.filter(|_| !self.idents.is_empty()).map(|_| self.idents.pool);
        let named = |pool: &str| {
            filling.pod.iter().any(|(part, _)| *part == pool)
                || filling.fallback == Some(pool)
                || filling.sign_off == Some(pool)
        };
        let all = [&self.spots, &self.promos, &self.bumpers, &self.idents, &self.filler];
        let named: Vec<_> = all.into_iter().filter(|held| named(held.pool)).collect();
        filling.pools = named.into_iter().map(|held| (held.pool, held.matches())).collect();
        filling
    }

    /// The widest grid whose breaks are no more than a third of the channel's time, and can be filled.
    fn grid(&self, draft: &Draft<'_>) -> Option<Grid> {
        let lengths: Vec<i64> = draft.assets().map(seconds).collect();
        let shown: i64 = lengths.iter().sum();
        if shown < SHORTEST_ON_A_GRID * i64::try_from(lengths.len()).unwrap_or(i64::MAX).max(1) {
            return None;
        }
        let stock = [&self.spots, &self.promos, &self.filler].into_iter().map(|held| held.seconds);
        let stock: i64 = stock.sum();
        GRIDS.into_iter().find_map(|minutes| {
            let grid = minutes * 60;
            let time: i64 = lengths.iter().map(|length| (length + grid - 1) / grid * grid).sum();
            // a third of the grid is as long as a break becomes
            let fits = stock * 3 >= grid && time * 2 <= shown * 3;
            fits.then_some(Grid { minutes, time, shown })
        })
    }
}
