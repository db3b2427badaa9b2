//! Where pipelines end: off the threads that must not wait for it.
//!
//! Taking a pipeline to `NULL` joins its streaming threads, which takes as long as a slow disk likes, and deadlocks
//! when one of those threads does it itself.

use std::ops::Deref;
use std::sync::mpsc::{Sender, channel};
use std::sync::{Mutex, OnceLock, PoisonError};
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

/// Unbounded, but what is in it is bounded by how many pipelines their owners have opened.
fn retire(pipeline: gst::Pipeline) {
    static REAPER: OnceLock<Mutex<Option<Sender<gst::Pipeline>>>> = OnceLock::new();
    let mut reaper = REAPER.get_or_init(Mutex::default).lock().unwrap_or_else(PoisonError::into_inner);
    if reaper.is_none() {
        let (sender, retired) = channel();
        let spawned = thread::Builder::new().name("reaper".to_owned()).spawn(move || retired.into_iter().for_each(end));
        match spawned {
            Ok(_) => *reaper = Some(sender),
            Err(error) => tracing::error!(%error, "no thread for ending pipelines could be started"),
        }
    }
    let unsent = match reaper.as_ref() {
        Some(sender) => sender.send(pipeline).err().map(|refused| refused.0),
        None => Some(pipeline),
    };
    if let Some(pipeline) = unsent {
        end(pipeline);
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
