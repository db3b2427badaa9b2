//! Who may watch: a channel that is on air lets everybody in, one that is not asks Air first, which may have no room.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, timeout};

use super::{Channel, Roster, Seat, Viewing};
use crate::failure::Failure;

/// Air has said by then whether it has room, or it is busy or away, and viewers wait for it inside.
const DECIDED_WITHIN: Duration = Duration::from_secs(3);

/// A session that nobody watches is off air by then.
const OFF_AIR_WITHIN: Duration = Duration::from_secs(3);

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
        let mut door = self.door.subscribe();
        let viewing = Viewing { reader: self.fanout.join(), _seat: Seat::take(self) };
        let decided = door.wait_for(|door| matches!(door, Door::Open | Door::Full));
        match timeout(DECIDED_WITHIN, decided).await {
            Ok(Ok(door)) if *door == Door::Full => {
                self.metrics.tune_ins_refused.inc();
                Err(Failure::refused(NO_ROOM, "the channels that are on air take all that this machine can do")
                    .hint("watch one of those, or wait until one ends; air.budget says what they may take"))
            }
            _ => Ok(viewing),
        }
    }

    /// Ends the session where nobody watches it, and returns when it is off air; `false` where somebody does by now.
    async fn give_way(&self) -> bool {
        let (session, mut ended) = (self.sessions_begun(), self.ended.subscribe());
        self.unwanted.notify_one();
        timeout(OFF_AIR_WITHIN, ended.wait_for(|ended| *ended >= session)).await.is_ok()
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
        let unwatched = others.filter_map(|other| Some((other.unwatched()?, other)));
        let Some((_, missed_least)) = unwatched.min_by_key(|(unwatched, _)| *unwatched) else { return false };
        tracing::info!(
            channel = channel.slug(),
            ends = missed_least.slug(),
            "a channel that nobody watches makes room"
        );
        missed_least.give_way().await
    }
}
