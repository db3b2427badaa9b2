//! The spool on its own: what it gives back after anything that can happen to it.

use std::fs::OpenOptions;
use std::os::unix::fs::FileExt;

use proptest::prelude::*;
use tempfile::TempDir;

use super::super::ledger::Mark;
use super::*;

/// Small enough that a few events fill a volume.
const SMALL: Limits = Limits { volume_bytes: 400, spool_bytes: 1 << 20 };

fn open(home: &TempDir) -> Spool {
    Spool::open(home.path(), SMALL).unwrap()
}

impl Spool {
    /// Writes and syncs.
    fn keep(&mut self, entries: &[Entry]) -> io::Result<()> {
        self.append(entries)?;
        self.sync()
    }
}

fn event(session_id: &str, what: What) -> Entry {
    let session_id = session_id.to_owned();
    Entry::Event(Event { channel: "c".to_owned(), session_id, utc_ns: 5, what: Some(what), ..Event::default() })
}

/// An event that can be told from others.
fn fault(frame: i64) -> Entry {
    event("s", What::SegmentFault(v1::SegmentFault { frame, code: "late".to_owned(), ..Default::default() }))
}

fn begun(session_id: &str) -> [Entry; 2] {
    let planned = v1::Planned { start_frame: 100, frame_count: 50, ..Default::default() };
    let segment = v1::SegmentStarted { event_id: "e".to_owned(), frame: 100, planned: Some(planned) };
    [
        event(session_id, What::SessionStarted(v1::SessionStarted { first_frame: 100, ..Default::default() })),
        event(session_id, What::SegmentStarted(segment)),
    ]
}

fn mark(session_id: &str, sent: i64) -> Entry {
    let (session_id, event_id) = (session_id.to_owned(), "e".to_owned());
    Entry::Mark(Mark { session_id, utc_ns: 6, next_frame: 100 + sent, event_id, aired: sent, slate: 0 })
}

/// Everything after `sequence`, as a watcher gets it.
fn after(spool: &Spool, mut sequence: u64) -> Vec<Event> {
    let mut all = Vec::new();
    loop {
        let events = spool.read_after(sequence, 3).unwrap();
        let Some(last) = events.last() else { return all };
        sequence = last.sequence;
        all.extend(events);
    }
}

fn numbers(events: &[Event]) -> Vec<u64> {
    events.iter().map(|event| event.sequence).collect()
}

/// The frames of faults, the words of all else.
fn words(events: &[Event]) -> Vec<String> {
    let word = |event: &Event| match event.what.as_ref().unwrap() {
        What::SegmentFault(fault) => fault.frame.to_string(),
        What::SegmentEnded(ended) => format!("ended {}+{} {}", ended.aired_frames, ended.unsent_frames, ended.cause),
        What::SessionEnded(ended) => format!("over {} {}", ended.last_frame, ended.cause),
        What::SessionStarted(started) => format!("run {}", started.air_run),
        What::SegmentStarted(_) => "started".to_owned(),
        What::EvidenceLost(lost) => format!("lost {} {}", lost.events, lost.cause),
        other => panic!("{other:?}"),
    };
    events.iter().map(word).collect()
}

fn volumes(home: &TempDir) -> Vec<PathBuf> {
    Volume::list(home.path()).unwrap().into_iter().map(|number| Volume::new(home.path(), number).path).collect()
}

#[test]
fn events_are_numbered_over_restarts_and_volumes() {
    let home = TempDir::new().unwrap();
    let mut id = String::new();
    for round in 0..4 {
        let mut spool = open(&home);
        assert!(round == 0 || spool.id() == id, "the spool is the same one");
        id = spool.id().to_owned();
        for at in 0..10 {
            spool.keep(&[fault(round * 10 + at)]).unwrap();
        }
        assert!(after(&spool, 0).iter().all(|event| event.spool_id == id));
    }
    let spool = open(&home);
    assert!(volumes(&home).len() > 4, "no volume was full");
    assert_eq!(numbers(&after(&spool, 0)), (1..=40).collect::<Vec<_>>());
    assert_eq!(words(&after(&spool, 37)), ["37", "38", "39"]);
    assert_eq!((spool.last(), spool.unacknowledged()), (40, 40));
}

#[test]
fn what_is_acknowledged_goes_and_the_numbers_go_on() {
    let home = TempDir::new().unwrap();
    let mut spool = open(&home);
    (0..40).for_each(|at| spool.keep(&[fault(at)]).unwrap());
    let full = spool.bytes();
    spool.acknowledge(38);
    assert!(spool.bytes() < full / 4 && volumes(&home).len() < 4);
    assert_eq!((spool.unacknowledged(), words(&after(&spool, 38))), (2, vec!["38".to_owned(), "39".to_owned()]));
    spool.acknowledge(1000);
    assert_eq!((spool.acknowledged(), spool.unacknowledged()), (40, 0), "nobody can have more than there is");
    drop(spool);
    let mut spool = open(&home);
    assert_eq!((spool.acknowledged(), spool.last(), volumes(&home).len()), (40, 40, 1));
    spool.keep(&[fault(40)]).unwrap();
    assert_eq!(numbers(&after(&spool, 0)), [41]);
}

#[test]
fn sessions_of_an_air_that_died_end_at_their_last_marks() {
    let home = TempDir::new().unwrap();
    let mut spool = open(&home);
    spool.keep(&begun("s")).unwrap();
    spool.keep(&[mark("s", 25)]).unwrap();
    spool.keep(&begun("t")).unwrap();
    // the begin of these sessions is long acknowledged and deleted
    (0..20).for_each(|at| spool.keep(&[fault(at)]).unwrap());
    spool.keep(&[mark("s", 30)]).unwrap();
    spool.acknowledge(24);
    drop(spool);
    let spool = open(&home);
    let told = after(&spool, 24);
    assert_eq!(words(&told), ["ended 30+20 air_lost", "over 129 air_lost", "ended 0+50 air_lost", "over 99 air_lost"]);
    assert_eq!((told[0].utc_ns, &*told[0].channel, &*told[0].session_id), (6, "c", "s"));
    drop(spool);
    assert_eq!(open(&home).last(), 28, "they end once");
}

#[test]
fn a_session_that_ends_takes_its_segment_along() {
    let home = TempDir::new().unwrap();
    let mut spool = open(&home);
    let ended = v1::SessionEnded { last_frame: 119, cause: "failed".to_owned() };
    spool.keep(&begun("s")).unwrap();
    spool.keep(&[mark("s", 20), event("s", What::SessionEnded(ended))]).unwrap();
    assert_eq!(words(&after(&spool, 2)), ["ended 20+30 failed", "over 119 failed"]);
}

#[test]
fn where_nobody_acknowledges_the_oldest_goes_and_that_is_told() {
    let home = TempDir::new().unwrap();
    let limits = Limits { volume_bytes: 400, spool_bytes: 2000 };
    let mut spool = Spool::open(home.path(), limits).unwrap();
    for at in 0..200 {
        spool.keep(&[fault(at)]).unwrap();
        assert!(spool.bytes() <= limits.spool_bytes + 200, "{} bytes", spool.bytes());
    }
    let left = after(&spool, 0);
    assert!(left.len() > 10 && left[0].sequence > 100);
    assert_eq!(numbers(&left), (left[0].sequence..=spool.last()).collect::<Vec<_>>());
    assert!(words(&left).iter().any(|word| word.starts_with("lost ") && word.ends_with("spool_full")));
}

#[test]
fn a_torn_tail_is_left_out_and_never_numbered_again_if_it_was_told() {
    let home = TempDir::new().unwrap();
    let mut spool = open(&home);
    spool.keep(&[fault(0), fault(1)]).unwrap();
    drop(spool);
    let path = &volumes(&home)[0];
    let length = path.metadata().unwrap().len();
    OpenOptions::new().write(true).open(path).unwrap().set_len(length - 3).unwrap();
    let mut spool = open(&home);
    assert_eq!(words(&after(&spool, 0)), ["0"]);
    // the disk lied, and a watcher had the other one
    spool.skip_to(2);
    spool.keep(&[fault(2)]).unwrap();
    assert_eq!(numbers(&after(&spool, 0)), [1, 3]);
}

#[test]
fn a_bad_sector_costs_what_was_on_it() {
    let home = TempDir::new().unwrap();
    let mut spool = open(&home);
    (0..30).for_each(|at| spool.keep(&[fault(at)]).unwrap());
    drop(spool);
    let file = OpenOptions::new().write(true).open(&volumes(&home)[1]).unwrap();
    // its head and the first event behind it
    file.write_all_at(&[0xFF; 150], 0).unwrap();
    let mut spool = open(&home);
    let left = after(&spool, 0);
    assert!((25..30).contains(&left.len()), "{} are left", left.len());
    assert_eq!(left[left.len() - 1].sequence, 30);
    spool.keep(&[fault(30)]).unwrap();
    assert_eq!(spool.last(), 31);
}

#[test]
fn what_is_written_outlives_air_and_is_told_once_it_is_synced() {
    let home = TempDir::new().unwrap();
    let mut spool = open(&home);
    spool.append(&begun("s")).unwrap();
    let syncing = spool.unsynced().unwrap().unwrap();
    // more than a volume holds, while the disk stalls
    (0..20).for_each(|at| spool.append(&[fault(at)]).unwrap());
    spool.append(&[mark("s", 30)]).unwrap();
    assert_eq!((spool.last(), after(&spool, 0).len()), (0, 0), "nothing is on disk for good");
    assert_eq!(volumes(&home).len(), 1, "a volume begins when all before it is synced");
    spool.synced(syncing);
    assert_eq!((spool.last(), words(&after(&spool, 0))), (2, vec!["run 1".to_owned(), "started".to_owned()]));
    drop(spool);
    let spool = open(&home);
    assert_eq!(words(&after(&spool, 20)), ["18", "19", "ended 30+20 air_lost", "over 129 air_lost"]);
    assert_eq!(numbers(&after(&spool, 0)), (1..=24).collect::<Vec<_>>());
}

#[test]
fn volumes_before_one_that_is_not_synced_are_kept() {
    let home = TempDir::new().unwrap();
    let mut spool = open(&home);
    (0..8).for_each(|at| spool.keep(&[fault(at)]).unwrap());
    spool.file = None;
    spool.append(&[fault(8)]).unwrap();
    let held = volumes(&home).len();
    spool.acknowledge(8);
    assert_eq!(volumes(&home).len(), held);
    spool.sync().unwrap();
    assert_eq!((volumes(&home).len(), words(&after(&spool, 0))), (1, vec!["8".to_owned()]));
}

#[test]
fn what_is_retracted_is_numbered_again_and_told_once() {
    let home = TempDir::new().unwrap();
    let mut spool = open(&home);
    spool.keep(&begun("s")).unwrap();
    spool.append(&[mark("s", 20)]).unwrap();
    let ended = v1::SessionEnded { last_frame: 119, cause: "failed".to_owned() };
    let unsynced = [fault(0), event("s", What::SessionEnded(ended))];
    // in the volume that holds what is synced, and twice in one of its own
    for _ in 0..3 {
        spool.append(&unsynced).unwrap();
        assert!(spool.unsynced().unwrap().is_some());
        spool.retract();
        assert_eq!((spool.last(), spool.unacknowledged(), volumes(&home).len()), (2, 2, 1));
    }
    spool.keep(&unsynced).unwrap();
    let told = ["0", "ended 20+30 failed", "over 119 failed"];
    assert_eq!(words(&after(&spool, 2)), told);
    drop(spool);
    let spool = open(&home);
    assert_eq!(
        (words(&after(&spool, 2)), numbers(&after(&spool, 0))),
        (told.map(str::to_owned).to_vec(), vec![1, 2, 3, 4, 5])
    );
}

#[test]
fn a_wiped_spool_is_another_one() {
    let (one, other) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    assert_ne!(open(&one).id(), open(&other).id());
}

#[test]
fn one_air_holds_a_spool() {
    let home = TempDir::new().unwrap();
    let held = open(&home);
    let refused = Spool::open(home.path(), SMALL).unwrap_err();
    assert!(matches!(refused, SpoolError::Held(_)) && refused.to_string().contains("air.spool"), "{refused}");
    drop(held);
    open(&home);
}

#[test]
fn a_disk_that_refuses_costs_nothing_that_was_written() {
    let home = TempDir::new().unwrap();
    let mut spool = open(&home);
    spool.keep(&[fault(0)]).unwrap();
    // a volume that cannot be made: a folder is in its place, which holds for root, too
    let blocked = Volume::new(home.path(), 2).path;
    fs::create_dir(&blocked).unwrap();
    spool.file = None;
    assert!(spool.keep(&[fault(1)]).is_err() && spool.keep(&[fault(1)]).is_err());
    assert_eq!((spool.last(), words(&after(&spool, 0))), (1, vec!["0".to_owned()]));
    fs::remove_dir(&blocked).unwrap();
    spool.keep(&[fault(1)]).unwrap();
    assert_eq!(words(&after(&spool, 0)), ["0", "1"]);
    drop(spool);
    assert_eq!(words(&after(&open(&home), 0)), ["0", "1"]);
}

/// What may happen to a spool.
#[derive(Clone, Debug)]
enum Step {
    Append(u8),
    /// So many, which the disk does not sync as often, and then it does.
    Refused(u8),
    /// Restart after a crash with so many events that were never synced.
    Killed(u8),
    Mark,
    Acknowledge(u8),
    Restart,
    /// Restart after a crash that tore this many bytes off a batch which was never synced.
    Crash(u8),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        5 => (1..6_u8).prop_map(Step::Append),
        1 => (1..6_u8).prop_map(Step::Refused),
        1 => (1..6_u8).prop_map(Step::Killed),
        2 => Just(Step::Mark),
        2 => (0..20_u8).prop_map(Step::Acknowledge),
        1 => Just(Step::Restart),
        1 => (0..120_u8).prop_map(Step::Crash),
    ];
    proptest::collection::vec(step, 1..40)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn it_gives_back_what_was_written_and_not_acknowledged(steps in steps()) {
        let home = TempDir::new().unwrap();
        let mut spool = open(&home);
        let batch = |written, count| (1..=u64::from(count)).map(|at| fault((written + at) as i64)).collect::<Vec<_>>();
        let (mut written, mut acknowledged) = (0_u64, 0_u64);
        for step in steps {
            match step {
                Step::Append(count) => {
                    spool.keep(&batch(written, count)).unwrap();
                    written += u64::from(count);
                }
                Step::Refused(times) => {
                    for _ in 0..times {
                        spool.append(&batch(written, times)).unwrap();
                        spool.retract();
                    }
                    spool.keep(&batch(written, times)).unwrap();
                    written += u64::from(times);
                }
                Step::Killed(count) => {
                    spool.append(&batch(written, count)).unwrap();
                    drop(spool);
                    written += u64::from(count);
                    spool = open(&home);
                }
                Step::Mark => spool.keep(&[mark("s", 1)]).unwrap(),
                Step::Acknowledge(more) => {
                    acknowledged = written.min(acknowledged + u64::from(more));
                    spool.acknowledge(acknowledged);
                }
                Step::Restart => {
                    drop(spool);
                    spool = open(&home);
                }
                Step::Crash(kept) => {
                    drop(spool);
                    let mut torn = Vec::new();
                    let Entry::Event(mut event) = fault(-1) else { unreachable!() };
                    event.sequence = written + 1;
                    record::write(Entry::Event(event), &mut torn);
                    let torn = &torn[..usize::from(kept).min(torn.len() - 1)];
                    let last = volumes(&home).pop().unwrap();
                    OpenOptions::new().append(true).open(last).unwrap().write_all(torn).unwrap();
                    spool = open(&home);
                }
            }
            let told = after(&spool, acknowledged);
            let expected: Vec<_> = (acknowledged + 1..=written).collect();
            prop_assert_eq!(numbers(&told), expected.clone());
            prop_assert_eq!(words(&told), expected.iter().map(u64::to_string).collect::<Vec<_>>());
            prop_assert_eq!(spool.unacknowledged(), written - acknowledged);
        }
    }
}
