//! Where pipelines end: off the threads that must not wait for it.
//!
//! Taking a pipeline to `NULL` joins its streaming threads, which takes as long as a slow disk likes, and deadlocks
//! when one of those threads does it itself.

use std::collections::VecDeque;
use std::ops::Deref;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;

use gst::prelude::*;
use gstreamer as gst;

/// A pipeline whose drop hands it to the reaper, so that dropping never blocks.
#[derive(Debug)]
pub(crate) struct Mortal(gst::Pipeline);

impl Mortal {
    pub(crate) fn new(pipeline: gst::Pipeline) -> Self {
        Self(pipeline)
    }
}

impl Deref for Mortal {
    type Target = gst::Pipeline;

    fn deref(&self) -> &gst::Pipeline {
        &self.0
    }
}

impl Drop for Mortal {
    fn drop(&mut self) {
        retire(self.0.clone());
    }
}

/// Pipelines that are ended at once. One that hangs holds its thread for as long as its decoder or its disk does; the
/// others go on. Where all hang, what ends later waits for the first that does not.
const THREADS: usize = 32;

static RETIRED: Mutex<Retired> = Mutex::new(Retired { waiting: VecDeque::new(), threads: 0, idle: 0 });
static ONE_MORE: Condvar = Condvar::new();

/// What is to be ended, and the threads that do it: one that stays, and others while it is busy.
struct Retired {
    /// Unbounded, but what is in it is bounded by how many pipelines their owners have opened.
    waiting: VecDeque<gst::Pipeline>,
    threads: usize,
    idle: usize,
}

/// Pipelines that were given up and have not ended yet: more than a moment's are hung.
pub fn ending_pipelines() -> usize {
    let retired = retired();
    retired.waiting.len() + retired.threads - retired.idle
}

fn retired() -> MutexGuard<'static, Retired> {
    RETIRED.lock().unwrap_or_else(PoisonError::into_inner)
}

fn retire(pipeline: gst::Pipeline) {
    let mut retired = retired();
    retired.waiting.push_back(pipeline);
    if retired.idle >= retired.waiting.len() || retired.threads == THREADS {
        ONE_MORE.notify_one();
        return;
    }
    match thread::Builder::new().name("reaper".to_owned()).spawn(reap) {
        Ok(_) => retired.threads += 1,
        Err(error) => tracing::error!(%error, "no thread for ending a pipeline could be started"),
    }
}

fn reap() {
    let mut retired = retired();
    loop {
        if let Some(pipeline) = retired.waiting.pop_front() {
            drop(retired);
            end(pipeline);
            retired = self::retired();
        } else if retired.idle > 0 {
            retired.threads -= 1;
            return;
        } else {
            retired.idle += 1;
            retired = ONE_MORE.wait(retired).unwrap_or_else(PoisonError::into_inner);
            retired.idle -= 1;
        }
    }
}

fn end(pipeline: gst::Pipeline) {
    if let Err(error) = pipeline.set_state(gst::State::Null) {
        tracing::warn!(%error, pipeline = %pipeline.name(), "a pipeline would not end");
    }
    let watch = pipeline.downgrade();
    drop(pipeline);
    if watch.upgrade().is_some() {
        tracing::debug!("an ended pipeline is still held by someone");
    }
}
