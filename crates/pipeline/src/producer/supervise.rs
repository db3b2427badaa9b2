//! The threads of a producer: one opens and may be abandoned, one makes pictures, one makes sound.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use rustix::process::{getpid, getpriority_process, setpriority_process};

use super::open::{Opened, open};
use super::overlay::Ordered;
use super::permit::Permit;
use super::stopwatch::Lap;
use super::{Lanes, PageSpec, SegmentSpec, Witness, fault, page, sound, vision};
use crate::encode::AudioEncoder;
use crate::unit::Fault;

/// How often a waiting thread looks whether it is still wanted.
pub(super) const POLL: Duration = Duration::from_millis(100);

/// How long an opening may take: a healthy disk takes well under a second, and one that has to wake up some seconds.
const OPENING: Duration = Duration::from_secs(8);

/// A file that is not open by then waits for its disk and not for a core, and others need not wait for it.
const BUSY: Duration = Duration::from_millis(1000);

/// Files that may hang while they open, each with some threads and what it has read: after so many the machine is ill,
/// and no more are tried until one of them comes back.
const MAX_HUNG: usize = 64;

static HUNG: AtomicUsize = AtomicUsize::new(0);

/// Begins to open `spec`; its units and its end go to `lanes`.
pub(super) fn start(spec: SegmentSpec, lanes: Arc<Lanes>, witness: Arc<dyn Witness>) {
    supervise(lanes, move |lanes| run(&spec, lanes, &witness));
}

/// Begins to draw `spec`; its units and its end go to `lanes`.
pub(super) fn start_page(spec: PageSpec, lanes: Arc<Lanes>) {
    supervise(lanes, move |lanes| page::run(&spec, lanes));
}

fn supervise(lanes: Arc<Lanes>, work: impl FnOnce(&Arc<Lanes>) -> Result<(), Fault> + Send + 'static) {
    let ending = Ending(Arc::clone(&lanes));
    let run = move || {
        let _ending = ending;
        leave_parents_priority();
        if let Err(fault) = work(&lanes) {
            lanes.fail(&fault);
        }
    };
    if let Err(error) = thread::Builder::new().name("segment".to_owned()).spawn(run) {
        tracing::error!(%error, "no thread for a segment could be started");
    }
}

/// A thread begins with the priority of the one that starts it, which may keep time. This one takes the daemon's own;
/// all others of the segment descend from it.
fn leave_parents_priority() {
    let lowered = getpriority_process(Some(getpid())).and_then(|niceness| setpriority_process(None, niceness));
    if let Err(error) = lowered {
        tracing::debug!(%error, "a segment keeps the priority of the thread that opened it");
    }
}

/// Ends the lanes when the supervisor does, however that comes about. An earlier end counts.
struct Ending(Arc<Lanes>);

impl Drop for Ending {
    fn drop(&mut self) {
        let message = "the segment's thread stopped without a reason".to_owned();
        self.0.fail(&Fault { code: "stalled", message });
        self.0.hunger.end();
    }
}

impl Lanes {
    fn fail(&self, fault: &Fault) {
        self.video.finish(Err(fault.clone()));
        self.audio.finish(Err(fault.clone()));
    }
}

fn run(spec: &SegmentSpec, lanes: &Arc<Lanes>, witness: &Arc<dyn Witness>) -> Result<(), Fault> {
    let overlays = Ordered::of(&spec.overlays, &spec.format);
    let mut coders = None;
    let opened = open_in_time(spec, lanes, witness, || coders = Some(Coders::start(spec)));
    witness.opened(opened.as_ref().err());
    let (Some(opened), Some(coders)) = (opened?, coders) else { return Ok(()) };
    let Coders { pictures, samples } = coders?;
    thread::scope(|scope| {
        let sound = thread::Builder::new()
            .name("segment-sound".to_owned())
            .spawn_scoped(scope, || lanes.audio.finish(sound::run(spec, &opened, samples, lanes)));
        if let Err(error) = sound {
            return Err(fault::decode_failed(
                &spec.path,
                &format!("no thread for its sound could be started ({error})"),
            ));
        }
        lanes.video.finish(vision::run(spec, &opened, pictures, &overlays, lanes));
        Ok(())
    })
}

/// What codes a segment.
struct Coders {
    pictures: vision::Coder,
    samples: AudioEncoder,
}

impl Coders {
    fn start(spec: &SegmentSpec) -> Result<Self, Fault> {
        let pictures = vision::Coder::start(spec)?;
        let samples = AudioEncoder::start(&spec.format).map_err(|error| fault::encode_failed(&spec.path, &error))?;
        Ok(Self { pictures, samples })
    }
}

/// Opens on a thread that is left behind when it takes too long; the permit is given back before. `None` where nobody
/// wants the file any more. Does `meanwhile` once it is its turn.
fn open_in_time(
    spec: &SegmentSpec,
    lanes: &Arc<Lanes>,
    witness: &Arc<dyn Witness>,
    meanwhile: impl FnOnce(),
) -> Result<Option<Opened>, Fault> {
    let Some(permit) = Permit::acquire(POLL, || !lanes.is_closed()) else { return Ok(None) };
    let mut permit = Some(permit);
    if HUNG.load(Ordering::Relaxed) >= MAX_HUNG {
        return Err(fault::too_many_hang(&spec.path, MAX_HUNG));
    }
    lanes.stopwatch.lap(Lap::Turn);
    // whoever sets it second sees what the other did
    let abandoned = Arc::new(AtomicBool::new(false));
    let (sender, result) = mpsc::sync_channel(1);
    let opening = {
        let (spec, lanes) = (spec.clone(), Arc::clone(lanes));
        let (abandoned, witness) = (Arc::clone(&abandoned), Arc::clone(witness));
        // what nobody receives is dropped here, by the thread that was too slow
        move || {
            drop(sender.send(open(&spec, &lanes, &abandoned, &*witness)));
            if abandoned.swap(true, Ordering::AcqRel) {
                HUNG.fetch_sub(1, Ordering::Relaxed);
            }
        }
    };
    thread::Builder::new().name("segment-open".to_owned()).spawn(opening).map_err(|error| {
        fault::decode_failed(&spec.path, &format!("no thread for opening it could be started ({error})"))
    })?;
    meanwhile();
    let mut waited = Duration::ZERO;
    while waited < OPENING && !lanes.is_closed() {
        if waited >= BUSY {
            drop(permit.take());
        }
        match result.recv_timeout(POLL) {
            Ok(opened) => return opened.map(Some),
            Err(RecvTimeoutError::Timeout) => waited += POLL,
            Err(RecvTimeoutError::Disconnected) => {
                return Err(fault::decode_failed(&spec.path, "the thread that opened it stopped without a reason"));
            }
        }
    }
    // counted before it may be uncounted
    HUNG.fetch_add(1, Ordering::Relaxed);
    if abandoned.swap(true, Ordering::AcqRel) {
        HUNG.fetch_sub(1, Ordering::Relaxed);
    }
    if lanes.is_closed() { Ok(None) } else { Err(fault::open_timeout(&spec.path, OPENING.as_secs())) }
}
