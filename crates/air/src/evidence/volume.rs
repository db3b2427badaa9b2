//! One file of the spool: where each of its events lies.

use std::fs::{self, File};
use std::io;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use retrovue_proto::v1::Event;

use super::record::{self, Entry};

/// A file of the spool, written to its end or still being written.
#[derive(Debug)]
pub(super) struct Volume {
    pub(super) number: u64,
    pub(super) path: PathBuf,
    pub(super) bytes: u64,
    /// By sequence.
    events: Vec<Place>,
}

/// Where an event lies.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    pub(super) sequence: u64,
    pub(super) begin: u64,
    pub(super) end: u64,
}

impl Volume {
    /// One with nothing in it.
    pub(super) fn new(directory: &Path, number: u64) -> Self {
        Self { number, path: directory.join(format!("{number:010}.log")), bytes: 0, events: Vec::new() }
    }

    /// The numbers of the volumes in `directory`, in order.
    pub(super) fn list(directory: &Path) -> io::Result<Vec<u64>> {
        let mut numbers = Vec::new();
        for file in fs::read_dir(directory)? {
            let name = file?.file_name();
            numbers.extend(name.to_str().and_then(|name| name.strip_suffix(".log")?.parse::<u64>().ok()));
        }
        numbers.sort_unstable();
        Ok(numbers)
    }

    /// Reads everything that is whole. Says where that is not all of the file.
    pub(super) fn load(directory: &Path, number: u64) -> io::Result<(Self, Vec<Entry>)> {
        let mut volume = Self::new(directory, number);
        let bytes = fs::read(&volume.path)?;
        let (mut entries, mut whole) = (Vec::new(), 0);
        for (begin, end, entry) in record::read(&bytes) {
            whole += end - begin;
            if let Entry::Event(event) = &entry {
                volume.add([Place { sequence: event.sequence, begin: begin as u64, end: end as u64 }]);
            }
            entries.push(entry);
        }
        volume.bytes = bytes.len() as u64;
        if whole < bytes.len() {
            let (unreadable, path) = (bytes.len() - whole, volume.path.display());
            tracing::warn!(bytes = unreadable, "{path} is not whole; what can be read of it is kept");
        }
        Ok((volume, entries))
    }

    /// Events were written.
    pub(super) fn add(&mut self, places: impl IntoIterator<Item = Place>) {
        self.events.extend(places);
    }

    /// The volume after this one begins with `sequence`: what is here of that and later never counted.
    pub(super) fn end_before(&mut self, sequence: u64) {
        self.events.retain(|place| place.sequence < sequence);
    }

    /// Its last event.
    pub(super) fn last(&self) -> Option<u64> {
        self.events.last().map(|place| place.sequence)
    }

    /// How many of its events lie after `sequence`.
    pub(super) fn count_after(&self, sequence: u64) -> u64 {
        (self.events.len() - self.events.partition_point(|place| place.sequence <= sequence)) as u64
    }

    /// Up to `limit` events after `sequence`.
    pub(super) fn read_after(&self, sequence: u64, limit: usize) -> io::Result<Vec<Event>> {
        let wanted = &self.events[self.events.partition_point(|place| place.sequence <= sequence)..];
        let wanted = &wanted[..wanted.len().min(limit)];
        let (Some(first), Some(last)) = (wanted.first(), wanted.last()) else { return Ok(Vec::new()) };
        let mut bytes = vec![0; usize::try_from(last.end - first.begin).unwrap_or(0)];
        File::open(&self.path)?.read_exact_at(&mut bytes, first.begin)?;
        let event = |(_, _, entry)| if let Entry::Event(event) = entry { Some(event) } else { None };
        Ok(record::read(&bytes).filter_map(event).collect())
    }
}
