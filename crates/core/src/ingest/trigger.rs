//! When a source is synced by itself, as a pure function of what happened when. Instants are counted from any moment
//! that is the same for all of them.

use std::time::Duration;

/// A folder is calm when nothing changed in it for this long: programs that copy write several times a second.
const CALM: Duration = Duration::from_secs(2);

/// A folder in which something changes all the time is looked at this long after the first change.
const LONGEST: Duration = Duration::from_secs(30);

/// After a sync that left something: a file that was still being written, another sync that went first.
const AGAIN_AFTER: Duration = Duration::from_secs(5);

/// After many such syncs in a row: a recording grows for hours, and looking through a library costs its disk something.
const AGAIN_LATEST: Duration = Duration::from_secs(320);

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
    /// How many syncs in a row have left something.
    left: u32,
}

impl Trigger {
    /// With a first sync at `first`, and then one every `poll`.
    pub fn new(first: Option<Duration>, poll: Option<Duration>) -> Self {
        Self { poll, next: first, changed: None, left: 0 }
    }

    /// Something changed in the folder.
    pub fn changed(&mut self, now: Duration) {
        let first = self.changed.map_or(now, |(first, _)| first);
        self.changed = Some((first, now));
    }

    /// When a sync is due; none where nothing is to be done.
    pub fn due(&self) -> Option<Duration> {
        let longest = self.again_after().max(LONGEST);
        let calm = self.changed.map(|(first, last)| (last + CALM).min(first + longest));
        [calm, self.next].into_iter().flatten().min()
    }

    /// A sync begins: it sees what changed before, and what changes from now on leads to one more.
    pub fn begun(&mut self) {
        self.changed = None;
        self.next = None;
    }

    /// That sync ended.
    pub fn ended(&mut self, now: Duration, outcome: Outcome) {
        self.left = if outcome == Outcome::Again { self.left + 1 } else { 0 };
        self.next = match outcome {
            Outcome::Done => self.poll.map(|poll| now + poll),
            Outcome::Again => Some(now + self.again_after()),
            Outcome::Failed => Some(now + RETRY_AFTER),
        };
    }

    /// Twice as long with every sync in a row that left something.
    fn again_after(&self) -> Duration {
        (AGAIN_AFTER * 2_u32.saturating_pow(self.left.saturating_sub(1).min(16))).min(AGAIN_LATEST)
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

    #[test]
    fn a_file_that_grows_for_hours_is_looked_at_ever_more_rarely() {
        let (mut trigger, mut now, mut waited) = (Trigger::new(None, None), at(0), Vec::new());
        for _ in 0..10 {
            // the system tells of each write
            (1..=2).for_each(|write| trigger.changed(now + at(write)));
            let last = (0..).map(|write| now + at(3 + write)).find(|write| {
                let is_due = trigger.due().unwrap() <= *write;
                trigger.changed(*write);
                is_due
            });
            waited.push((last.unwrap() - now).as_secs());
            now = last.unwrap();
            trigger.begun();
            trigger.ended(now, Outcome::Again);
        }
        assert_eq!(waited, [31, 5, 10, 20, 40, 80, 160, 320, 320, 320]);
        // as soon as it is whole it is taken in
        trigger.changed(now + at(1));
        assert_eq!(trigger.due(), Some(now + at(3)));
        trigger.begun();
        trigger.ended(now, Outcome::Done);
        trigger.changed(now);
        trigger.changed(now + at(100));
        assert_eq!(trigger.due(), Some(now + at(30)));
    }
}
