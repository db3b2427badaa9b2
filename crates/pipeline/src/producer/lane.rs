//! The queue between a producer's worker and whoever takes its units.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::unit::{Fault, Take};

/// A bounded queue with an end. What was put before the end is handed out before it.
pub(super) struct Lane<T> {
    capacity: usize,
    state: Mutex<State<T>>,
    changed: Condvar,
}

struct State<T> {
    units: VecDeque<T>,
    end: Option<Result<(), Fault>>,
    closed: bool,
    dry: bool,
}

/// Whether a worker may go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Room {
    /// There is room for a unit.
    Free,
    /// There is none yet.
    Full,
    /// Nobody will take another unit.
    Closed,
}

impl<T> Lane<T> {
    pub(super) fn new(capacity: usize) -> Self {
        let state = State { units: VecDeque::new(), end: None, closed: false, dry: false };
        Self { capacity: capacity.max(1), state: Mutex::new(state), changed: Condvar::new() }
    }

    /// The next unit, waiting up to `wait` for it.
    pub(super) fn take(&self, wait: Duration) -> Take<T> {
        let empty = |state: &mut State<T>| state.units.is_empty() && state.end.is_none() && !state.closed;
        let mut state =
            self.changed.wait_timeout_while(self.lock(), wait, empty).unwrap_or_else(PoisonError::into_inner).0;
        if let Some(unit) = state.units.pop_front() {
            drop(state);
            self.changed.notify_all();
            return Take::Unit(unit);
        }
        match &state.end {
            Some(Ok(())) => Take::End,
            Some(Err(fault)) => Take::Failed(fault.clone()),
            None if state.closed => Take::End,
            None => Take::NotYet,
        }
    }

    /// Waits up to `wait` for room.
    pub(super) fn await_room(&self, wait: Duration) -> Room {
        let full = |state: &mut State<T>| state.units.len() >= self.capacity && !state.closed;
        let state = self.changed.wait_timeout_while(self.lock(), wait, full).unwrap_or_else(PoisonError::into_inner).0;
        match (state.closed, state.units.len() < self.capacity) {
            (true, _) => Room::Closed,
            (false, true) => Room::Free,
            (false, false) => Room::Full,
        }
    }

    /// Never waits: see [`Self::await_room`].
    pub(super) fn put(&self, unit: T) {
        let mut state = self.lock();
        state.units.push_back(unit);
        state.dry = false;
        drop(state);
        self.changed.notify_all();
    }

    /// Gives up the oldest unit.
    pub(super) fn drop_oldest(&self) {
        self.lock().units.pop_front();
    }

    /// Nothing more will be put. The first word counts.
    pub(super) fn finish(&self, end: Result<(), Fault>) {
        self.lock().end.get_or_insert(end);
        self.changed.notify_all();
    }

    /// Nobody takes any more: frees what is there and wakes everyone.
    pub(super) fn close(&self) {
        let mut state = self.lock();
        state.closed = true;
        state.units = VecDeque::new();
        drop(state);
        self.changed.notify_all();
    }

    pub(super) fn is_closed(&self) -> bool {
        self.lock().closed
    }

    pub(super) fn len(&self) -> usize {
        self.lock().units.len()
    }

    pub(super) fn is_full(&self) -> bool {
        self.len() >= self.capacity
    }

    /// The file has given this lane nothing for a while, though it wanted something.
    pub(super) fn mark_dry(&self) {
        self.lock().dry = true;
    }

    pub(super) fn is_dry(&self) -> bool {
        let state = self.lock();
        state.dry && state.units.is_empty()
    }

    /// Why it ended, where it ended in failure.
    pub(super) fn failure(&self) -> Option<Fault> {
        self.lock().end.as_ref().and_then(|end| end.as_ref().err().cloned())
    }

    fn lock(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::unit::Fault;

    const AT_ONCE: Duration = Duration::ZERO;

    #[test]
    fn units_come_before_the_end_and_the_end_for_ever() {
        let lane = Lane::new(2);
        lane.put(1);
        lane.finish(Err(Fault { code: "decode_failed", message: "broken".to_owned() }));
        lane.finish(Ok(()));
        assert!(matches!(lane.take(AT_ONCE), Take::Unit(1)));
        for _ in 0..2 {
            assert!(matches!(lane.take(AT_ONCE), Take::Failed(fault) if fault.code == "decode_failed"));
        }
    }

    #[test]
    fn room_follows_capacity_and_closing() {
        let lane = Lane::new(1);
        assert_eq!(lane.await_room(AT_ONCE), Room::Free);
        lane.put(1);
        assert_eq!(lane.await_room(AT_ONCE), Room::Full);
        lane.drop_oldest();
        assert_eq!(lane.await_room(AT_ONCE), Room::Free);
        lane.close();
        assert_eq!(lane.await_room(AT_ONCE), Room::Closed);
        assert!(matches!(lane.take(AT_ONCE), Take::End));
    }

    #[test]
    fn closing_wakes_both_sides() {
        let lane = Lane::new(1);
        lane.put(1);
        let hour = Duration::from_secs(3600);
        std::thread::scope(|scope| {
            let producing = scope.spawn(|| lane.await_room(hour));
            lane.close();
            assert_eq!(producing.join().unwrap(), Room::Closed);
            assert!(matches!(lane.take(hour), Take::End));
        });
    }
}
