//! A channel's life, as a pure function: `(state, event) → (state, actions)`.
//!
//! ```text
//!          viewer                first slot            last viewer leaves
//!  idle ──────────► starting ──────────────► on air ◄────────────────────► lingering ──► idle
//!                    ▲    │ refused, silent    │ lost           a viewer comes     linger is over
//!                    │    ▼                    ▼
//!                    └── failed (backoff) ◄────┘
//! ```
//!
//! Where another channel needs the room, one that nobody watches becomes idle; one that is kept warm, failed.

use std::time::Duration;

/// How long Air may take from the request for a session to its first slot: 3.5 s until it is the session's turn, and as
/// long again where another one makes room first; then slate comes after 400 ms whatever the media does, and the rest is a
/// busy machine.
pub const START_TIMEOUT: Duration = Duration::from_secs(10);

/// A session that lasts this long was no accident: the next loss begins with an immediate restart again.
pub const SETTLED_AFTER: Duration = Duration::from_secs(10);

const FIRST_BACKOFF: Duration = Duration::from_millis(100);
const LONGEST_BACKOFF: Duration = Duration::from_secs(5);

/// Where a channel stands. `attempts` counts starts since a session last settled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum State {
    /// Nobody watches, nothing runs.
    #[default]
    Idle,
    /// A session was asked for; no slot has come yet. `watched` tells whether viewers are still there.
    Starting {
        /// Starts in a row, this one included.
        attempts: u32,
        /// Viewers are there.
        watched: bool,
    },
    /// Viewers get slots.
    OnAir {
        /// Starts in a row; 0 once the session has settled.
        attempts: u32,
    },
    /// Slots come, nobody watches: the session waits for the next viewer a while.
    Lingering,
    /// No session could be had; viewers wait for the next attempt.
    Failed {
        /// Starts in a row that failed.
        attempts: u32,
    },
}

impl State {
    /// Its word in JSON.
    pub fn word(self) -> &'static str {
        match self {
            State::Idle => "idle",
            State::Starting { .. } => "starting",
            State::OnAir { .. } => "on_air",
            State::Lingering => "lingering",
            State::Failed { .. } => "failed",
        }
    }
}

/// What happens to a channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// The first viewer came.
    Watched,
    /// The last viewer left.
    Unwatched,
    /// The session's first slot arrived.
    Flowing,
    /// Air refused the session, or cannot be reached.
    Refused,
    /// The session's TS ended or fell silent.
    Lost,
    /// The time that the last [`Action::Wait`] set is over.
    Elapsed,
    /// Air answers again after it was away.
    AirUp,
    /// Another channel needs the room, and nobody watches this one.
    Unwanted,
    /// The channel is removed, or Core ends.
    Closed,
}

/// What is to be done, in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Ask Air for a session.
    Start,
    /// End the session, wherever it is.
    Stop,
    /// Raise [`Event::Elapsed`] after this long; replaces an earlier wait.
    Wait(Duration),
    /// Raise no [`Event::Elapsed`].
    WaitNoMore,
}

/// The next state, and what is to be done. `linger` is how long a session outlives its last viewer.
pub fn step(state: State, event: Event, linger: Duration) -> (State, Vec<Action>) {
    use Action::{Stop, Wait, WaitNoMore};
    match (state, event) {
        (State::Idle, Event::Closed) => (State::Idle, vec![]),
        (_, Event::Closed) => (State::Idle, vec![WaitNoMore, Stop]),

        (State::Idle, Event::Watched) => start(0),
        (State::Starting { attempts, .. }, Event::Watched) => (State::Starting { attempts, watched: true }, vec![]),
        (State::Lingering, Event::Watched) => (State::OnAir { attempts: 0 }, vec![WaitNoMore]),

        (State::Starting { attempts, .. }, Event::Unwatched) => (State::Starting { attempts, watched: false }, vec![]),
        (State::OnAir { .. }, Event::Unwatched) => (State::Lingering, vec![Wait(linger)]),
        (State::Failed { .. }, Event::Unwatched) => (State::Idle, vec![WaitNoMore]),

        (State::Starting { attempts, watched: true }, Event::Flowing) => {
            (State::OnAir { attempts }, vec![Wait(SETTLED_AFTER)])
        }
        (State::Starting { watched: false, .. }, Event::Flowing) => (State::Lingering, vec![Wait(linger)]),

        (State::Starting { watched: false, .. }, Event::Refused | Event::Lost | Event::Elapsed) => {
            (State::Idle, vec![WaitNoMore, Stop])
        }
        (State::Starting { attempts, watched: true }, Event::Refused | Event::Lost | Event::Elapsed) => {
            (State::Failed { attempts }, vec![Stop, Wait(backoff(attempts))])
        }
        (State::OnAir { attempts: 0 }, Event::Lost) => {
            let (state, mut actions) = start(0);
            actions.insert(0, Stop);
            (state, actions)
        }
        (State::OnAir { attempts }, Event::Lost) => (State::Failed { attempts }, vec![Stop, Wait(backoff(attempts))]),
        (State::Lingering, Event::Lost | Event::Elapsed) => (State::Idle, vec![WaitNoMore, Stop]),
        (State::Starting { watched: false, .. } | State::Lingering, Event::Unwanted) => {
            (State::Idle, vec![WaitNoMore, Stop])
        }
        // kept warm: as soon as there is room again
        (State::Starting { attempts, watched: true } | State::OnAir { attempts }, Event::Unwanted) => {
            (State::Failed { attempts }, vec![Stop, Wait(LONGEST_BACKOFF)])
        }
        (State::OnAir { .. }, Event::Elapsed) => (State::OnAir { attempts: 0 }, vec![]),
        (State::Failed { attempts }, Event::Elapsed | Event::AirUp) => start(attempts),

        // what cannot happen in a state, or changes nothing there
        (State::Idle, _)
        | (State::Starting { .. }, Event::AirUp)
        | (State::OnAir { .. }, Event::Watched | Event::Flowing | Event::Refused | Event::AirUp)
        | (State::Lingering, Event::Unwatched | Event::Flowing | Event::Refused | Event::AirUp)
        | (State::Failed { .. }, Event::Watched | Event::Flowing | Event::Refused | Event::Lost | Event::Unwanted) => {
            (state, vec![])
        }
    }
}

fn start(attempts: u32) -> (State, Vec<Action>) {
    let attempts = attempts.saturating_add(1);
    (State::Starting { attempts, watched: true }, vec![Action::Start, Action::Wait(START_TIMEOUT)])
}

/// 0.1 s after the first attempt, twice as long after each, 5 s at most.
fn backoff(attempts: u32) -> Duration {
    FIRST_BACKOFF.saturating_mul(1 << attempts.saturating_sub(1).min(16)).min(LONGEST_BACKOFF)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINGER: Duration = Duration::from_secs(20);
    const IDLE: State = State::Idle;
    const STARTING: State = State::Starting { attempts: 3, watched: true };
    const ORPHANED: State = State::Starting { attempts: 3, watched: false };
    const FRESH: State = State::OnAir { attempts: 3 };
    const SETTLED: State = State::OnAir { attempts: 0 };
    const LINGERING: State = State::Lingering;
    const FAILED: State = State::Failed { attempts: 3 };

    #[test]
    fn every_state_answers_every_event() {
        use Action::{Start, Stop, Wait, WaitNoMore};
        use Event::{AirUp, Closed, Elapsed, Flowing, Lost, Refused, Unwanted, Unwatched, Watched};
        let wait_to_start = Wait(START_TIMEOUT);
        let wait_to_settle = Wait(SETTLED_AFTER);
        let back_off = Wait(Duration::from_millis(400));
        let back_off_long = Wait(Duration::from_secs(5));
        let first = State::Starting { attempts: 1, watched: true };
        let again = State::Starting { attempts: 4, watched: true };
        let table: &[(State, Event, State, &[Action])] = &[
            (IDLE, Watched, first, &[Start, wait_to_start]),
            (IDLE, Unwatched, IDLE, &[]),
            (IDLE, Flowing, IDLE, &[]),
            (IDLE, Refused, IDLE, &[]),
            (IDLE, Lost, IDLE, &[]),
            (IDLE, Elapsed, IDLE, &[]),
            (IDLE, AirUp, IDLE, &[]),
            (IDLE, Unwanted, IDLE, &[]),
            (IDLE, Closed, IDLE, &[]),
            (STARTING, Watched, STARTING, &[]),
            (STARTING, Unwatched, ORPHANED, &[]),
            (STARTING, Flowing, FRESH, &[wait_to_settle]),
            (STARTING, Refused, FAILED, &[Stop, back_off]),
            (STARTING, Lost, FAILED, &[Stop, back_off]),
            (STARTING, Elapsed, FAILED, &[Stop, back_off]),
            (STARTING, AirUp, STARTING, &[]),
            (STARTING, Unwanted, FAILED, &[Stop, back_off_long]),
            (STARTING, Closed, IDLE, &[WaitNoMore, Stop]),
            (ORPHANED, Watched, STARTING, &[]),
            (ORPHANED, Unwatched, ORPHANED, &[]),
            (ORPHANED, Flowing, LINGERING, &[Wait(LINGER)]),
            (ORPHANED, Refused, IDLE, &[WaitNoMore, Stop]),
            (ORPHANED, Lost, IDLE, &[WaitNoMore, Stop]),
            (ORPHANED, Elapsed, IDLE, &[WaitNoMore, Stop]),
            (ORPHANED, AirUp, ORPHANED, &[]),
            (ORPHANED, Unwanted, IDLE, &[WaitNoMore, Stop]),
            (ORPHANED, Closed, IDLE, &[WaitNoMore, Stop]),
            (FRESH, Watched, FRESH, &[]),
            (FRESH, Unwatched, LINGERING, &[Wait(LINGER)]),
            (FRESH, Flowing, FRESH, &[]),
            (FRESH, Refused, FRESH, &[]),
            (FRESH, Lost, FAILED, &[Stop, back_off]),
            (FRESH, Elapsed, SETTLED, &[]),
            (FRESH, AirUp, FRESH, &[]),
            (FRESH, Unwanted, FAILED, &[Stop, back_off_long]),
            (FRESH, Closed, IDLE, &[WaitNoMore, Stop]),
            (SETTLED, Watched, SETTLED, &[]),
            (SETTLED, Unwatched, LINGERING, &[Wait(LINGER)]),
            (SETTLED, Flowing, SETTLED, &[]),
            (SETTLED, Refused, SETTLED, &[]),
            (SETTLED, Lost, first, &[Stop, Start, wait_to_start]),
            (SETTLED, Elapsed, SETTLED, &[]),
            (SETTLED, AirUp, SETTLED, &[]),
            (SETTLED, Unwanted, State::Failed { attempts: 0 }, &[Stop, back_off_long]),
            (SETTLED, Closed, IDLE, &[WaitNoMore, Stop]),
            (LINGERING, Watched, SETTLED, &[WaitNoMore]),
            (LINGERING, Unwatched, LINGERING, &[]),
            (LINGERING, Flowing, LINGERING, &[]),
            (LINGERING, Refused, LINGERING, &[]),
            (LINGERING, Lost, IDLE, &[WaitNoMore, Stop]),
            (LINGERING, Elapsed, IDLE, &[WaitNoMore, Stop]),
            (LINGERING, AirUp, LINGERING, &[]),
            (LINGERING, Unwanted, IDLE, &[WaitNoMore, Stop]),
            (LINGERING, Closed, IDLE, &[WaitNoMore, Stop]),
            (FAILED, Watched, FAILED, &[]),
            (FAILED, Unwatched, IDLE, &[WaitNoMore]),
            (FAILED, Flowing, FAILED, &[]),
            (FAILED, Refused, FAILED, &[]),
            (FAILED, Lost, FAILED, &[]),
            (FAILED, Elapsed, again, &[Start, wait_to_start]),
            (FAILED, AirUp, again, &[Start, wait_to_start]),
            (FAILED, Unwanted, FAILED, &[]),
            (FAILED, Closed, IDLE, &[WaitNoMore, Stop]),
        ];
        let states = [IDLE, STARTING, ORPHANED, FRESH, SETTLED, LINGERING, FAILED];
        let events = [Watched, Unwatched, Flowing, Refused, Lost, Elapsed, AirUp, Unwanted, Closed];
        for state in states {
            for event in events {
                let rows: Vec<_> = table.iter().filter(|row| (row.0, row.1) == (state, event)).collect();
                let [(_, _, next, actions)] = rows[..] else {
                    panic!("{state:?} × {event:?} has {} rows", rows.len())
                };
                assert_eq!(step(state, event, LINGER), (*next, actions.to_vec()), "{state:?} × {event:?}");
            }
        }
    }

    #[test]
    fn the_backoff_doubles_up_to_a_bound() {
        let waits: Vec<u128> = [1, 2, 3, 6, 7, 40, u32::MAX].map(|attempts| backoff(attempts).as_millis()).to_vec();
        assert_eq!(waits, [100, 200, 400, 3200, 5000, 5000, 5000]);
    }
}
