//! When a source is synced by itself, as a pure function of what happened when. Instants are counted from any moment
//! that is the same for all of them.

use std::time::Duration;

/// A folder is calm when nothing changed in it for this long: programs that copy write several times a second.
const CALM: Duration = Duration::from_secs(2);

/// A folder in which something changes all the time is looked at this long after the first change.
const LONGEST: Duration = Duration::from_secs(30);

/// After a sync that left something: a file that was still being written, another sync that went first.
const AGAIN_AFTER: Duration = Duration::from_secs(5);

/// After a sync that failed: a disk that was away, an Air that was.
const RETRY_AFTER: Duration = Duration::from_secs(60);

/// How a sync ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// All is as the folder holds it.
    Done,
    /// Something was left for soon.
    Again,
    /// It failed.
    Failed,
}

/// When the next sync of a source is due.
#[derive(Clone, Debug)]
pub struct Trigger {
    /// A sync is due this long after each one, whatever is heard.
    poll: Option<Duration>,
    /// By the clock: the next poll, or another try.
    next: Option<Duration>,
    /// First and last change that no sync has seen.
    changed: Option<(Duration, Duration)>,
}

impl Trigger {
    /// With a first sync at `first`, and then one every `poll`.
    pub fn new(first: Option<Duration>, poll: Option<Duration>) -> Self {
        Self { poll, next: first, changed: None }
    }

    /// Something changed in the folder.
    pub fn changed(&mut self, now: Duration) {
        let first = self.changed.map_or(now, |(first, _)| first);
        self.changed = Some((first, now));
    }

    /// When a sync is due; none where nothing is to be done.
    pub fn due(&self) -> Option<Duration> {
        let calm = self.changed.map(|(first, last)| (last + CALM).min(first + LONGEST));
        [calm, self.next].into_iter().flatten().min()
    }

    /// A sync begins: it sees what changed before, and what changes from now on leads to one more.
    pub fn begun(&mut self) {
        self.changed = None;
        self.next = None;
    }

    /// That sync ended.
    pub fn ended(&mut self, now: Duration, outcome: Outcome) {
        self.next = match outcome {
            Outcome::Done => self.poll.map(|poll| now + poll),
            Outcome::Again => Some(now + AGAIN_AFTER),
            Outcome::Failed => Some(now + RETRY_AFTER),
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn a_change_waits_until_the_folder_is_calm() {
        let mut trigger = Trigger::new(None, None);
        assert_eq!(trigger.due(), None);
        trigger.changed(at(10));
        assert_eq!(trigger.due(), Some(at(12)));
        trigger.changed(at(11));
        assert_eq!(trigger.due(), Some(at(13)));
        (12..60).for_each(|second| trigger.changed(at(second)));
        assert_eq!(trigger.due(), Some(at(40)));
    }

    #[test]
    fn what_changes_during_a_sync_leads_to_one_more() {
        let mut trigger = Trigger::new(None, None);
        trigger.changed(at(10));
        trigger.begun();
        assert_eq!(trigger.due(), None);
        trigger.changed(at(20));
        trigger.changed(at(21));
        trigger.ended(at(30), Outcome::Done);
        assert_eq!(trigger.due(), Some(at(23)));
        trigger.begun();
        trigger.ended(at(31), Outcome::Done);
        assert_eq!(trigger.due(), None);
    }

    #[test]
    fn a_folder_is_polled_and_tried_again() {
        let mut trigger = Trigger::new(Some(at(10)), Some(at(900)));
        assert_eq!(trigger.due(), Some(at(10)));
        for (outcome, expected) in [(Outcome::Done, 920), (Outcome::Again, 25), (Outcome::Failed, 80)] {
            trigger.begun();
            trigger.ended(at(20), outcome);
            assert_eq!(trigger.due(), Some(at(expected)), "{outcome:?}");
        }
        trigger.changed(at(30));
        assert_eq!(trigger.due(), Some(at(32)));
    }
}
