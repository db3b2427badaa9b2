//! What is kept on disk until somebody else has stored it: an append-only log in volumes, with events numbered over
//! all restarts.
//!
//! What is written is safe from the death of Air, and what is synced from that of the machine. Writing waits for no sync.
//! An event counts once it is synced, and only then is it told: a machine that loses its power takes nothing along that
//! anybody has seen, so no number is ever given twice. Each volume begins with all that is needed to go on without the
//! ones before, which go once it is synced and their events are acknowledged; and it begins when all before it is synced.

use std::collections::VecDeque;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use retrovue_proto::v1::event::What;
use retrovue_proto::v1::{self, Event};
use uuid::Uuid;

use super::ledger::Ledger;
use super::record::{self, Entry, Head};
use super::volume::{Place, Volume};

/// How much the spool may hold.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    /// A volume that is larger is followed by another one.
    pub(crate) volume_bytes: u64,
    /// All volumes together: at this size the oldest goes, acknowledged or not.
    pub(crate) spool_bytes: u64,
}

impl Limits {
    /// Ten channels with an event every half minute write 17 MB a day, so a Core may be away for some days. A volume is
    /// small enough that what is acknowledged goes soon, and that a start reads it in milliseconds.
    pub(crate) const USUAL: Self = Self { volume_bytes: 1 << 20, spool_bytes: 64 << 20 };
}

/// Events that a disk can have forgotten, more than a volume holds: who asks for what lies beyond is mistaken.
const MOST_FORGOTTEN: u64 = 65_536;

/// The log on disk. Every call blocks for as long as the disk takes to read or write, and [`Self::open`] to sync.
#[derive(Debug)]
pub(crate) struct Spool {
    directory: PathBuf,
    limits: Limits,
    id: String,
    run: u64,
    /// In order; the last one is being written.
    volumes: VecDeque<Volume>,
    /// The last volume, unless the disk has refused it: then another one follows.
    file: Option<Arc<File>>,
    /// The last volume has just begun: the ones before are needed until it is synced.
    fresh: bool,
    /// What is written.
    written: Standing,
    /// What is synced, where events are written that are not.
    synced: Option<Standing>,
    acknowledged: u64,
    /// Events that went unacknowledged.
    dropped: u64,
    _lock: File,
}

/// What follows from all events up to one of them.
#[derive(Clone, Debug)]
struct Standing {
    /// The number of the event behind it.
    next: u64,
    ledger: Ledger,
    /// Of the events that went unacknowledged, those of which it is told.
    dropped: u64,
}

/// What is written and may not be on disk for good.
#[derive(Debug)]
pub(super) struct Unsynced {
    file: Arc<File>,
    /// Where the file is new.
    directory: Option<PathBuf>,
    standing: Standing,
}

/// Why there is no spool.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SpoolError {
    /// Two would give the same numbers.
    #[error("another Air keeps its evidence in {0}; stop it, or set air.spool to another folder")]
    Held(PathBuf),
    /// The folder cannot be used.
    #[error("{0}")]
    Io(#[from] io::Error),
}

/// What is about to be written.
struct Batch {
    bytes: Vec<u8>,
    places: Vec<Place>,
    standing: Standing,
    run: u64,
}

impl Spool {
    /// Opens the spool in `directory`, makes it where there is none, and ends the sessions of an Air that died.
    ///
    /// # Errors
    /// Where another Air holds it, or the disk refuses.
    pub(crate) fn open(directory: &Path, limits: Limits) -> Result<Self, SpoolError> {
        fs::create_dir_all(directory)?;
        let lock = OpenOptions::new().create(true).truncate(false).write(true).open(directory.join("lock"))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(SpoolError::Held(directory.to_owned())),
            Err(TryLockError::Error(error)) => return Err(error.into()),
        }
        let mut spool = Self {
            directory: directory.to_owned(),
            limits,
            id: String::new(),
            run: 0,
            volumes: VecDeque::new(),
            file: None,
            fresh: false,
            written: Standing { next: 1, ledger: Ledger::default(), dropped: 0 },
            synced: None,
            acknowledged: 0,
            dropped: 0,
            _lock: lock,
        };
        for number in Volume::list(directory)? {
            let (volume, entries) = Volume::load(directory, number)?;
            spool.recall(volume, entries);
        }
        if spool.id.is_empty() {
            spool.id = Uuid::new_v4().to_string();
        }
        if let Some(last) = spool.volumes.back() {
            // an Air that was killed may have written more than it synced
            File::open(&last.path)?.sync_data()?;
        }
        spool.run += 1;
        spool.begin_volume()?;
        let ends: Vec<_> = spool.written.ledger.ends().into_iter().map(Entry::Event).collect();
        if !ends.is_empty() {
            tracing::warn!(sessions = ends.len(), "an Air died while these were on air; its evidence ends them");
            spool.append(&ends)?;
        }
        spool.sync()?;
        Ok(spool)
    }

    fn recall(&mut self, volume: Volume, entries: Vec<Entry>) {
        for entry in entries {
            match entry {
                Entry::Head(head) => {
                    self.volumes.iter_mut().for_each(|volume| volume.end_before(head.first_sequence));
                    self.written.next = head.first_sequence;
                    self.acknowledged = self.acknowledged.max(head.acknowledged);
                    self.written.ledger = Ledger::of(head.open);
                    (self.id, self.run) = (head.spool_id, head.air_run);
                }
                Entry::Event(event) => {
                    self.written.next = event.sequence + 1;
                    self.written.ledger.event(&event);
                }
                Entry::Mark(mark) => self.written.ledger.mark(&mark),
                Entry::Acknowledged(through) => self.acknowledged = self.acknowledged.max(through),
            }
        }
        self.volumes.push_back(volume);
    }

    /// Writes `entries` and gives each event its number.
    ///
    /// # Errors
    /// Where the disk refuses. Then no event counts that is not synced, and all of them may be tried again.
    pub(crate) fn append(&mut self, entries: &[Entry]) -> io::Result<()> {
        let full = self.volumes.back().is_none_or(|volume| volume.bytes >= self.limits.volume_bytes);
        if (full || self.file.is_none()) && self.is_synced() {
            self.begin_volume()?;
        }
        let begin = self.volumes.back().map_or(0, |volume| volume.bytes);
        let mut batch = Batch { bytes: Vec::new(), places: Vec::new(), standing: self.written.clone(), run: self.run };
        let untold = self.dropped - self.written.dropped;
        if untold > 0 {
            batch.standing.dropped = self.dropped;
            batch.event(begin, lost(untold, "spool_full", entries));
        }
        for entry in entries {
            batch.entry(begin, entry);
        }
        self.write(&batch.bytes).inspect_err(|_| self.retract())?;
        let before = std::mem::replace(&mut self.written, batch.standing);
        if !batch.places.is_empty() {
            self.synced.get_or_insert(before);
        }
        if let Some(volume) = self.volumes.back_mut() {
            volume.add(batch.places);
        }
        Ok(())
    }

    /// What has to be synced, if anything.
    ///
    /// # Errors
    /// Where the disk has refused its file; as with [`Self::append`].
    pub(super) fn unsynced(&mut self) -> io::Result<Option<Unsynced>> {
        if self.is_synced() {
            return Ok(None);
        }
        let Some(file) = self.file.clone() else {
            self.retract();
            return Err(io::ErrorKind::NotConnected.into());
        };
        let directory = self.fresh.then(|| self.directory.clone());
        Ok(Some(Unsynced { file, directory, standing: self.written.clone() }))
    }

    /// `unsynced` is on disk for good: its events count.
    pub(super) fn synced(&mut self, unsynced: Unsynced) {
        let more = self.written.next > unsynced.standing.next;
        self.synced = more.then_some(unsynced.standing);
        self.fresh = false;
        self.discard();
    }

    /// The disk refuses: what is not synced never was, and another volume follows.
    pub(super) fn retract(&mut self) {
        self.file = None;
        if let Some(synced) = self.synced.take() {
            self.written = synced;
        }
        if std::mem::take(&mut self.fresh)
            && let Some(volume) = self.volumes.pop_back()
        {
            let _ = fs::remove_file(&volume.path);
        }
        if let Some(volume) = self.volumes.back_mut() {
            volume.end_before(self.written.next);
        }
    }

    /// Waits until all that is written is on disk for good.
    fn sync(&mut self) -> io::Result<()> {
        if let Some(unsynced) = self.unsynced()? {
            unsynced.sync().inspect_err(|_| self.retract())?;
            self.synced(unsynced);
        }
        Ok(())
    }

    /// Up to `limit` events after `sequence`, of those that count and are not deleted yet.
    ///
    /// # Errors
    /// Where the disk refuses.
    pub(crate) fn read_after(&self, sequence: u64, limit: usize) -> io::Result<Vec<Event>> {
        let volume = self.volumes.iter().find(|volume| volume.last().is_some_and(|last| last > sequence));
        let mut events = volume.map_or(Ok(Vec::new()), |volume| volume.read_after(sequence, limit))?;
        events.retain(|event| event.sequence <= self.last());
        events.iter_mut().for_each(|event| event.spool_id.clone_from(&self.id));
        Ok(events)
    }

    /// Events up to `through` are stored elsewhere.
    pub(crate) fn acknowledge(&mut self, through: u64) {
        let through = through.min(self.last());
        if through <= self.acknowledged {
            return;
        }
        self.acknowledged = through;
        let mut bytes = Vec::new();
        record::write(Entry::Acknowledged(through), &mut bytes);
        // where it cannot be written, the next volume's head tells it
        let _ = self.write(&bytes);
        self.discard();
    }

    /// Numbers up to `sequence` were given, whatever the disk remembers of it.
    pub(crate) fn skip_to(&mut self, sequence: u64) {
        let next = self.written.next;
        // what is being synced has its numbers
        if self.synced.is_none() && (next..next + MOST_FORGOTTEN).contains(&sequence) {
            tracing::warn!(next, sequence, "evidence that was told is no longer on disk; numbers go on after it");
            self.written.next = sequence + 1;
        }
    }

    /// Which spool this is.
    pub(crate) fn id(&self) -> &str {
        &self.id
    }

    /// The last event that counts.
    pub(crate) fn last(&self) -> u64 {
        self.synced.as_ref().unwrap_or(&self.written).next - 1
    }

    /// Up to here events are stored elsewhere.
    pub(crate) fn acknowledged(&self) -> u64 {
        self.acknowledged
    }

    /// Events that nobody else has stored.
    pub(crate) fn unacknowledged(&self) -> u64 {
        self.volumes.iter().map(|volume| volume.count_after(self.acknowledged)).sum()
    }

    /// On disk.
    pub(crate) fn bytes(&self) -> u64 {
        self.volumes.iter().map(|volume| volume.bytes).sum()
    }

    fn is_synced(&self) -> bool {
        self.synced.is_none() && !self.fresh
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        let Some(mut file) = self.file.take() else { return Err(io::ErrorKind::NotConnected.into()) };
        file.write_all(bytes)?;
        self.file = Some(file);
        if let Some(volume) = self.volumes.back_mut() {
            volume.bytes += bytes.len() as u64;
        }
        Ok(())
    }

    fn begin_volume(&mut self) -> io::Result<()> {
        let mut volume = Volume::new(&self.directory, self.volumes.back().map_or(1, |last| last.number + 1));
        let mut bytes = Vec::new();
        let head = Head {
            spool_id: self.id.clone(),
            first_sequence: self.written.next,
            acknowledged: self.acknowledged,
            air_run: self.run,
            open: self.written.ledger.open(),
        };
        record::write(Entry::Head(head), &mut bytes);
        match create(&volume.path, &bytes) {
            Ok(file) => self.file = Some(Arc::new(file)),
            Err(error) => {
                let _ = fs::remove_file(&volume.path);
                return Err(error);
            }
        }
        volume.bytes = bytes.len() as u64;
        self.volumes.push_back(volume);
        self.fresh = true;
        Ok(())
    }

    /// Deletes volumes that nobody needs, and the oldest where there is too much.
    fn discard(&mut self) {
        while self.volumes.len() > 1 && !self.fresh {
            let Some(oldest) = self.volumes.front() else { return };
            let needed = oldest.last().is_some_and(|last| last > self.acknowledged);
            if needed && self.bytes() + self.limits.volume_bytes <= self.limits.spool_bytes {
                return;
            }
            let dropped = oldest.count_after(self.acknowledged);
            if let Err(error) = fs::remove_file(&oldest.path) {
                tracing::warn!(path = %oldest.path.display(), %error, "evidence that is not needed cannot be deleted");
            }
            if dropped > 0 {
                tracing::warn!(events = dropped, "the spool is full since nobody stores evidence; the oldest is lost");
            }
            self.dropped += dropped;
            self.volumes.pop_front();
        }
    }
}

impl Unsynced {
    /// Brings it to disk, and takes as long as the disk does.
    pub(super) fn sync(&self) -> io::Result<()> {
        self.file.sync_data()?;
        self.directory.as_ref().map_or(Ok(()), |directory| File::open(directory)?.sync_all())
    }
}

impl Batch {
    fn entry(&mut self, begin: u64, entry: &Entry) {
        match entry {
            Entry::Event(event) => {
                if let Some(What::SessionEnded(ended)) = &event.what
                    && let Some(end) = self.standing.ledger.end_of_segment(&event.session_id, &ended.cause)
                {
                    self.event(begin, end);
                }
                self.event(begin, event.clone());
            }
            Entry::Mark(mark) => {
                self.standing.ledger.mark(mark);
                record::write(entry.clone(), &mut self.bytes);
            }
            Entry::Head(_) | Entry::Acknowledged(_) => record::write(entry.clone(), &mut self.bytes),
        }
    }

    /// `begin` is where the batch lies in its volume.
    fn event(&mut self, begin: u64, mut event: Event) {
        event.sequence = self.standing.next;
        self.standing.next += 1;
        if let Some(What::SessionStarted(started)) = &mut event.what {
            started.air_run = self.run;
        }
        self.standing.ledger.event(&event);
        let (sequence, from) = (event.sequence, self.bytes.len());
        record::write(Entry::Event(event), &mut self.bytes);
        self.places.push(Place { sequence, begin: begin + from as u64, end: begin + self.bytes.len() as u64 });
    }
}

/// Tells that events went, dated as what is written next.
pub(super) fn lost(events: u64, cause: &str, next: &[Entry]) -> Event {
    let dated = next.iter().find_map(|entry| match entry {
        Entry::Event(event) => Some(event.utc_ns),
        Entry::Mark(mark) => Some(mark.utc_ns),
        Entry::Head(_) | Entry::Acknowledged(_) => None,
    });
    let what = What::EvidenceLost(v1::EvidenceLost { events, cause: cause.to_owned() });
    Event { utc_ns: dated.unwrap_or_default(), what: Some(what), ..Event::default() }
}

fn create(path: &Path, bytes: &[u8]) -> io::Result<File> {
    let mut file = OpenOptions::new().create(true).truncate(true).write(true).open(path)?;
    file.write_all(bytes)?;
    Ok(file)
}

#[cfg(test)]
mod tests;
