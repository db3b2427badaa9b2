//! The threads of a producer: one opens and may be abandoned, one makes pictures, one makes sound.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use super::open::{Opened, open};
use super::overlay::Ordered;
use super::permit::Permit;
use super::{Lanes, SegmentSpec, fault, sound, vision};
use crate::unit::Fault;

/// How often a waiting thread looks whether it is still wanted.
pub(super) const POLL: Duration = Duration::from_millis(100);

/// A healthy disk takes well under a second; the second try is also for one that has to wake up. There are two because
/// GStreamer 1.22 now and then stands still while it opens a good file, and opens the same file at the next try.
const TRIES: [Duration; 2] = [Duration::from_secs(3), Duration::from_secs(5)];

/// Begins to open `spec`; its units and its end go to `lanes`.
pub(super) fn start(spec: SegmentSpec, lanes: Arc<Lanes>) {
    let path = spec.path.clone();
    let ending = Ending(Arc::clone(&lanes));
    let run = move || {
        let _ending = ending;
        if let Err(fault) = run(&spec, &lanes) {
            lanes.fail(&fault);
        }
    };
    if let Err(error) = thread::Builder::new().name("segment".to_owned()).spawn(run) {
        tracing::error!(path = %path.display(), %error, "no thread for a segment could be started");
    }
}

/// Ends the lanes when the supervisor does, however that comes about. An earlier end counts.
struct Ending(Arc<Lanes>);

impl Drop for Ending {
    fn drop(&mut self) {
        let message = "the segment's thread stopped without a reason".to_owned();
        self.0.fail(&Fault { code: "stalled", message });
    }
}

impl Lanes {
    fn fail(&self, fault: &Fault) {
        self.video.finish(Err(fault.clone()));
        self.audio.finish(Err(fault.clone()));
    }
}

fn run(spec: &SegmentSpec, lanes: &Arc<Lanes>) -> Result<(), Fault> {
    let overlays = Ordered::of(spec);
    let Some(opened) = open_in_time(spec, lanes)? else { return Ok(()) };
    thread::scope(|scope| {
        let sound = thread::Builder::new()
            .name("segment-sound".to_owned())
            .spawn_scoped(scope, || lanes.audio.finish(sound::run(spec, &opened, lanes)));
        if let Err(error) = sound {
            return Err(fault::decode_failed(
                &spec.path,
                &format!("no thread for its sound could be started ({error})"),
            ));
        }
        lanes.video.finish(vision::run(spec, &opened, &overlays, lanes));
        Ok(())
    })
}

/// Opens the file, and once more where that takes too long. `None` where nobody wants it any more.
fn open_in_time(spec: &SegmentSpec, lanes: &Lanes) -> Result<Option<Opened>, Fault> {
    let Some(_permit) = Permit::acquire(POLL, || !lanes.is_closed()) else { return Ok(None) };
    for limit in TRIES {
        if let Some(opened) = open_within(spec, lanes, limit)? {
            return Ok(Some(opened));
        }
        if lanes.is_closed() {
            return Ok(None);
        }
        tracing::warn!(path = %spec.path.display(), limit_ms = limit.as_millis(), "a file does not open");
    }
    Err(fault::open_timeout(&spec.path, TRIES.iter().sum::<Duration>().as_secs()))
}

/// Opens on a thread that is left behind when it takes longer than `limit`. `None` where it did, and where nobody
/// wants the file any more.
fn open_within(spec: &SegmentSpec, lanes: &Lanes, limit: Duration) -> Result<Option<Opened>, Fault> {
    let abandoned = Arc::new(AtomicBool::new(false));
    let (sender, result) = mpsc::sync_channel(1);
    let opening = {
        let (spec, abandoned) = (spec.clone(), Arc::clone(&abandoned));
        // what nobody receives is dropped here, by the thread that was too slow
        move || drop(sender.send(open(&spec, &abandoned)))
    };
    thread::Builder::new().name("segment-open".to_owned()).spawn(opening).map_err(|error| {
        fault::decode_failed(&spec.path, &format!("no thread for opening it could be started ({error})"))
    })?;
    let mut waited = Duration::ZERO;
    while waited < limit && !lanes.is_closed() {
        match result.recv_timeout(POLL) {
            Ok(opened) => return opened.map(Some),
            Err(RecvTimeoutError::Timeout) => waited += POLL,
            Err(RecvTimeoutError::Disconnected) => {
                return Err(fault::decode_failed(&spec.path, "the thread that opened it stopped without a reason"));
            }
        }
    }
    abandoned.store(true, Ordering::Relaxed);
    Ok(None)
}
