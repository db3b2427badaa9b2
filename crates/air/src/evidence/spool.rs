//! What is kept on disk until somebody else has stored it: an append-only log in volumes, with events numbered over
//! all restarts.
//!
//! An event counts once it is synced, and only then is it told: a machine that loses its power takes nothing along that
//! anybody has seen, so no number is ever given twice. Each volume begins with all that is needed to go on without the
//! ones before, which go once their events are acknowledged.

use std::collections::VecDeque;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

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

/// The log on disk. Every call blocks.
#[derive(Debug)]
pub(crate) struct Spool {
    directory: PathBuf,
    limits: Limits,
    id: String,
    run: u64,
    /// In order; the last one is being written.
    volumes: VecDeque<Volume>,
    /// The last volume, unless writing to it has failed: then another one follows.
    file: Option<File>,
    next: u64,
    acknowledged: u64,
    ledger: Ledger,
    /// Events that went unacknowledged since the last time that this was told.
    dropped: u64,
    _lock: File,
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
    ledger: Ledger,
    next: u64,
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
            next: 1,
            acknowledged: 0,
            ledger: Ledger::default(),
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
        spool.run += 1;
        spool.begin_volume()?;
        let ends: Vec<_> = spool.ledger.ends().into_iter().map(Entry::Event).collect();
        if !ends.is_empty() {
            tracing::warn!(sessions = ends.len(), "an Air died while these were on air; its evidence ends them");
            spool.append(&ends)?;
        }
        Ok(spool)
    }

    fn recall(&mut self, volume: Volume, entries: Vec<Entry>) {
        for entry in entries {
            match entry {
                Entry::Head(head) => {
                    self.volumes.iter_mut().for_each(|volume| volume.end_before(head.first_sequence));
                    self.next = head.first_sequence;
                    self.acknowledged = self.acknowledged.max(head.acknowledged);
                    self.ledger = Ledger::of(head.open);
                    (self.id, self.run) = (head.spool_id, head.air_run);
                }
                Entry::Event(event) => {
                    self.next = event.sequence + 1;
                    self.ledger.event(&event);
                }
                Entry::Mark(mark) => self.ledger.mark(&mark),
                Entry::Acknowledged(through) => self.acknowledged = self.acknowledged.max(through),
            }
        }
        self.volumes.push_back(volume);
    }

    /// Writes `entries` and gives each event its number; with events among them, returns when all are on disk for good.
    ///
    /// # Errors
    /// Where the disk refuses. Then none of them counts, and they may be tried again.
    pub(crate) fn append(&mut self, entries: &[Entry]) -> io::Result<()> {
        let full = self.volumes.back().is_some_and(|volume| volume.bytes >= self.limits.volume_bytes);
        if full || self.file.is_none() {
            self.begin_volume()?;
        }
        let begin = self.volumes.back().map_or(0, |volume| volume.bytes);
        let (ledger, next, run) = (self.ledger.clone(), self.next, self.run);
        let mut batch = Batch { bytes: Vec::new(), places: Vec::new(), ledger, next, run };
        if self.dropped > 0 {
            batch.event(begin, lost(self.dropped, "spool_full", entries));
        }
        for entry in entries {
            batch.entry(begin, entry);
        }
        self.write(&batch.bytes, !batch.places.is_empty())?;
        (self.ledger, self.next, self.dropped) = (batch.ledger, batch.next, 0);
        if let Some(volume) = self.volumes.back_mut() {
            volume.add(batch.places);
        }
        Ok(())
    }

    /// Up to `limit` events after `sequence`, of those that are not deleted yet.
    ///
    /// # Errors
    /// Where the disk refuses.
    pub(crate) fn read_after(&self, sequence: u64, limit: usize) -> io::Result<Vec<Event>> {
        let volume = self.volumes.iter().find(|volume| volume.last().is_some_and(|last| last > sequence));
        let mut events = volume.map_or(Ok(Vec::new()), |volume| volume.read_after(sequence, limit))?;
        events.iter_mut().for_each(|event| event.spool_id.clone_from(&self.id));
        Ok(events)
    }

    /// Events up to `through` are stored elsewhere.
    pub(crate) fn acknowledge(&mut self, through: u64) {
        let through = through.min(self.next - 1);
        if through <= self.acknowledged {
            return;
        }
        self.acknowledged = through;
        let mut bytes = Vec::new();
        record::write(Entry::Acknowledged(through), &mut bytes);
        // where it cannot be written, the next volume's head tells it
        let _ = self.write(&bytes, false);
        self.discard();
    }

    /// Numbers up to `sequence` were given, whatever the disk remembers of it.
    pub(crate) fn skip_to(&mut self, sequence: u64) {
        if (self.next..self.next + MOST_FORGOTTEN).contains(&sequence) {
            tracing::warn!(self.next, sequence, "evidence that was told is no longer on disk; numbers go on after it");
            self.next = sequence + 1;
        }
    }

    /// Which spool this is.
    pub(crate) fn id(&self) -> &str {
        &self.id
    }

    /// The last event.
    pub(crate) fn last(&self) -> u64 {
        self.next - 1
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

    fn write(&mut self, bytes: &[u8], sync: bool) -> io::Result<()> {
        let Some(mut file) = self.file.take() else { return Err(io::ErrorKind::NotConnected.into()) };
        file.write_all(bytes)?;
        if sync {
            file.sync_data()?;
        }
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
            first_sequence: self.next,
            acknowledged: self.acknowledged,
            air_run: self.run,
            open: self.ledger.open(),
        };
        record::write(Entry::Head(head), &mut bytes);
        let begun = create(&volume.path, &bytes).and_then(|file| {
            File::open(&self.directory)?.sync_all()?;
            Ok(file)
        });
        match begun {
            Ok(file) => self.file = Some(file),
            Err(error) => {
                let _ = fs::remove_file(&volume.path);
                return Err(error);
            }
        }
        volume.bytes = bytes.len() as u64;
        self.volumes.push_back(volume);
        self.discard();
        Ok(())
    }

    /// Deletes volumes that nobody needs, and the oldest where there is too much.
    fn discard(&mut self) {
        while self.volumes.len() > 1 {
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

impl Batch {
    fn entry(&mut self, begin: u64, entry: &Entry) {
        match entry {
            Entry::Event(event) => {
                if let Some(What::SessionEnded(ended)) = &event.what
                    && let Some(end) = self.ledger.end_of_segment(&event.session_id, &ended.cause)
                {
                    self.event(begin, end);
                }
                self.event(begin, event.clone());
            }
            Entry::Mark(mark) => {
                self.ledger.mark(mark);
                record::write(entry.clone(), &mut self.bytes);
            }
            Entry::Head(_) | Entry::Acknowledged(_) => record::write(entry.clone(), &mut self.bytes),
        }
    }

    /// `begin` is where the batch lies in its volume.
    fn event(&mut self, begin: u64, mut event: Event) {
        event.sequence = self.next;
        self.next += 1;
        if let Some(What::SessionStarted(started)) = &mut event.what {
            started.air_run = self.run;
        }
        self.ledger.event(&event);
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
    file.sync_all()?;
    Ok(file)
}

#[cfg(test)]
mod tests;
