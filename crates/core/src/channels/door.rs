//! Who may watch: a channel that is on air lets everybody in, one that is not asks Air first, which may have no room.

use std::sync::{Arc, PoisonError};
use std::time::Duration;

use tokio::time::{Instant, timeout};

use super::{Channel, Roster, Seat, Viewing};
use crate::failure::Failure;

/// A start is over by then, whatever came of it; this is for what should not be.
const DECIDED_WITHIN: Duration = Duration::from_secs(12);

/// A session that nobody watches is off air by then.
const OFF_AIR_WITHIN: Duration = Duration::from_millis(1500);

/// A channel that was refused is for so long again, without asking Air: clients may ask as fast as they can.
const REFUSED_FOR: Duration = Duration::from_secs(1);

/// The code of a tune-in for which there is no room.
pub const NO_ROOM: &str = "all_tuners_in_use";

/// Whether whoever comes is let in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Door {
    /// Air has to be asked.
    #[default]
    Shut,
    /// It was, and has not answered.
    Asked,
    /// Yes: the channel is on air, or will be as soon as it can.
    Open,
    /// No: Air carries no more channels.
    Full,
}

impl Channel {
    /// A new viewer. The first one starts the session.
    ///
    /// # Errors
    /// [`NO_ROOM`], where the machine carries no more channels.
    pub async fn tune_in(self: &Arc<Self>) -> Result<Viewing, Failure> {
        if self.was_refused() {
            return Err(self.refuse());
        }
        let mut door = self.door.subscribe();
        let viewing = Viewing { reader: self.fanout.join(), _seat: Seat::take(self) };
        let decided = door.wait_for(|door| matches!(door, Door::Open | Door::Full));
        let decided = tokio::select! {
            decided = timeout(DECIDED_WITHIN, decided) => decided,
            // its end is the stream's, too
            () = self.cancel.cancelled() => return Ok(viewing),
        };
        match decided {
            Ok(Ok(door)) if *door == Door::Full => Err(self.refuse()),
            _ => Ok(viewing),
        }
    }

    /// Whether Air had no room a moment ago, and nobody is being served.
    fn was_refused(&self) -> bool {
        let refused = *self.refused.lock().unwrap_or_else(PoisonError::into_inner);
        let lately = refused.is_some_and(|refused| refused.elapsed() < REFUSED_FOR);
        lately && *self.door.borrow() != Door::Open
    }

    fn refuse(&self) -> Failure {
        self.metrics.tune_ins_refused.inc();
        Failure::refused(NO_ROOM, "the channels that are on air take all that this machine can do")
            .hint("watch one of those, or wait until one ends; air.budget says what they may take")
    }

    /// Air has no room: viewers are told, those before the first slot too.
    pub(super) fn turn_away(&self) {
        *self.refused.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
        self.door.send_replace(Door::Full);
    }

    /// Ends the session where nobody watches it, and returns when it is off air; `false` where somebody does by now.
    async fn give_way(&self) -> bool {
        let (session, mut ended, mut audience) =
            (self.sessions_begun(), self.ended.subscribe(), self.audience.subscribe());
        self.unwanted.notify_one();
        tokio::select! {
            ended = timeout(OFF_AIR_WITHIN, ended.wait_for(|ended| *ended >= session)) => ended.is_ok(),
            _ = audience.wait_for(|audience| audience.viewers > 0) => false,
        }
    }

    /// Since when nobody watches the session that it has, and whether it is kept warm.
    fn unwatched(&self) -> Option<(bool, Option<Instant>)> {
        let audience = *self.audience.borrow();
        (audience.viewers == 0 && self.live().session_id.is_some()).then_some((audience.keep_warm, audience.left))
    }
}

impl Roster {
    /// Takes the session off air that is missed least, for `channel`, if somebody wants to watch that: one that nobody
    /// watches, and the longest of these. `false` where there is none.
    pub(super) async fn make_room_for(&self, channel: &Channel) -> bool {
        if channel.viewers() == 0 {
            return false;
        }
        let others = self.all().into_iter().filter(|other| other.slug() != channel.slug());
        let mut unwatched: Vec<_> = others.filter_map(|other| Some((other.unwatched()?, other))).collect();
        unwatched.sort_by_key(|(since, _)| *since);
        for (_, missed_least) in unwatched {
            if missed_least.give_way().await {
                tracing::info!(ended = missed_least.slug(), "a channel that nobody watches has made room");
                return true;
            }
        }
        false
    }
}
