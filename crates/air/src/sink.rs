//! Where a session's TS leaves: a socket that Core opened, written by a thread of its own, so that a blocked one
//! stops no timeline.

mod endpoint;
#[cfg(test)]
mod tests;

use std::collections::VecDeque;
use std::io::{ErrorKind, Write};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

pub(crate) use endpoint::{Endpoint, InvalidEndpoint, Link};

use crate::priority;

/// Bytes that may wait for the socket: the opening burst of the fattest house format (1.5 s at 20 Mbit/s), which at
/// usual rates is 5 s or more.
const QUEUE_BYTES: usize = 4 << 20;

/// Emptied chunks that are kept for later slots: a burst's worth, and no more memory than the queue may hold.
const SPARE_CHUNKS: usize = 64;

/// Waits look this often whether they should be given up.
const LOOK: Duration = Duration::from_millis(100);

/// The queue before the socket and the thread behind it.
pub(crate) struct Sink {
    shared: Arc<Shared>,
    /// The queue was full: nothing is taken before the next keyframe for which there is room.
    dropping: bool,
}

/// What became of a slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Offered {
    /// It is queued.
    Taken,
    /// It is dropped. The viewer's decoder starts anew at a later keyframe.
    Dropped,
}

#[derive(Default)]
struct Shared {
    queue: Mutex<Queue>,
    changed: Condvar,
}

#[derive(Default)]
struct Queue {
    chunks: VecDeque<Vec<u8>>,
    /// In `chunks` and in the writer's hands.
    bytes: usize,
    spare: Vec<Vec<u8>>,
    /// Nothing will be added; the writer leaves when it has written what is there.
    finishing: bool,
    /// The writer leaves at once.
    aborted: bool,
    /// The writer has left.
    left: bool,
}

impl Sink {
    /// Starts to write to `link`. `on_broken` is called once if the other end goes away.
    ///
    /// # Errors
    /// Where no thread can be had.
    pub(crate) fn start(link: Link, on_broken: impl FnOnce() + Send + 'static) -> std::io::Result<Self> {
        let shared = Arc::new(Shared::default());
        let theirs = Arc::clone(&shared);
        std::thread::Builder::new().name("air-sink".to_owned()).spawn(move || {
            priority::keep_time();
            let outcome = theirs.write_all(link);
            let mut queue = theirs.queue();
            queue.left = true;
            queue.chunks.clear();
            drop(queue);
            theirs.changed.notify_all();
            if let Err(error) = outcome {
                tracing::debug!(%error, "the TS endpoint went away");
                on_broken();
            }
        })?;
        Ok(Self { shared, dropping: false })
    }

    /// An empty buffer for the next slot.
    pub(crate) fn buffer(&self) -> Vec<u8> {
        self.shared.queue().spare.pop().unwrap_or_default()
    }

    /// Queues a slot, or drops it where there is no room.
    pub(crate) fn offer(&mut self, slot: Vec<u8>, keyframe: bool) -> Offered {
        let mut queue = self.shared.queue();
        let full = queue.bytes + slot.len() > QUEUE_BYTES;
        // half of the queue must be free again, or the rest of the group would be dropped at once
        let stays_shut = self.dropping && !(keyframe && queue.bytes < QUEUE_BYTES / 2);
        if full || stays_shut {
            self.dropping = true;
            queue.keep(slot);
            return Offered::Dropped;
        }
        self.dropping = false;
        queue.add(slot);
        drop(queue);
        self.shared.changed.notify_all();
        Offered::Taken
    }

    /// Queues a slot as soon as there is room. `give_up` is asked now and then; what is given up is dropped.
    pub(crate) fn push(&mut self, slot: Vec<u8>, give_up: impl Fn() -> bool) -> Offered {
        let queue = self.shared.wait(&give_up, |queue| queue.bytes == 0 || queue.bytes + slot.len() <= QUEUE_BYTES);
        let Some(mut queue) = queue else { return Offered::Dropped };
        queue.add(slot);
        drop(queue);
        self.shared.changed.notify_all();
        Offered::Taken
    }

    /// Returns when everything is written and the socket closed, or when `give_up` says so.
    pub(crate) fn finish(self, give_up: impl Fn() -> bool) {
        self.shared.queue().finishing = true;
        self.shared.changed.notify_all();
        drop(self.shared.wait(&give_up, |queue| queue.left));
    }
}

impl Drop for Sink {
    fn drop(&mut self) {
        self.shared.queue().aborted = true;
        self.shared.changed.notify_all();
    }
}

impl Shared {
    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The queue as soon as it is `ready`; `None` where that is given up or the writer has left before.
    fn wait(&self, give_up: &impl Fn() -> bool, ready: impl Fn(&Queue) -> bool) -> Option<MutexGuard<'_, Queue>> {
        let mut queue = self.queue();
        loop {
            if queue.left {
                return None;
            }
            if ready(&queue) {
                return Some(queue);
            }
            if give_up() {
                return None;
            }
            queue = self.changed.wait_timeout(queue, LOOK).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// Writes what is queued until the queue is finished or aborted.
    fn write_all(&self, mut link: Link) -> std::io::Result<()> {
        link.set_write_timeout(LOOK)?;
        loop {
            let mut queue = self.queue();
            while queue.chunks.is_empty() && !queue.finishing && !queue.aborted {
                queue = self.changed.wait(queue).unwrap_or_else(PoisonError::into_inner);
            }
            if queue.aborted {
                return Ok(());
            }
            let Some(slot) = queue.chunks.pop_front() else { return Ok(()) };
            drop(queue);
            if !self.write(&mut link, &slot)? {
                return Ok(());
            }
            let mut queue = self.queue();
            queue.bytes -= slot.len();
            queue.keep(slot);
            drop(queue);
            self.changed.notify_all();
        }
    }

    /// Writes a whole slot. False where it was given up, since the session aborted while the socket was blocked.
    fn write(&self, link: &mut Link, mut slot: &[u8]) -> std::io::Result<bool> {
        while !slot.is_empty() {
            match link.write(slot) {
                Ok(0) => return Err(ErrorKind::WriteZero.into()),
                Ok(written) => slot = &slot[written..],
                Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
                    if self.queue().aborted {
                        return Ok(false);
                    }
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(true)
    }
}

impl Queue {
    fn add(&mut self, slot: Vec<u8>) {
        self.bytes += slot.len();
        self.chunks.push_back(slot);
    }

    fn keep(&mut self, mut slot: Vec<u8>) {
        if self.spare.len() < SPARE_CHUNKS {
            slot.clear();
            self.spare.push(slot);
        }
    }
}
