//! ChannelManager: runs one channel's state machine. It waits for viewers, its session's TS and Air; while the
//! channel is idle it holds no timer. A channel that is kept warm is to it one that is watched.

use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use futures::future::{BoxFuture, FutureExt, pending};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::air::AirStatus;
use super::intake::Ticket;
use super::requests::{Beginning, Begun, Surroundings};
use super::session::Feed;
use super::source::ChannelPlan;
use super::state::{Action, Event, State, step};
use super::{Audience, Channel, Door, NO_ROOM};
use crate::clock::OnAirTime;
use crate::failure::{Failure, Kind};

/// Air holds a quarter of an hour; a new plan this often keeps it ahead and carries the clock over.
const REFRESH_EVERY: Duration = Duration::from_secs(20);

/// One channel's manager: the only one that changes its state.
pub(super) struct Manager {
    channel: Arc<Channel>,
    around: Arc<Surroundings>,
    state: State,
    audience: watch::Receiver<Audience>,
    watched: bool,
    /// Not only kept warm.
    viewed: bool,
    air: watch::Receiver<AirStatus>,
    deadline: Option<Instant>,
    session: Option<Session>,
    /// The end of the session before, which has to be over before the next one begins.
    ending: Option<JoinHandle<()>>,
    generation: u64,
}

struct Session {
    id: String,
    serial: u64,
    feed: watch::Receiver<Feed>,
    cancel: CancellationToken,
    ticket: Option<Ticket>,
    on_air: Option<OnAirTime>,
    request: Option<BoxFuture<'static, Answer>>,
    refresh_at: Instant,
}

impl Drop for Session {
    /// Air ends a session whose connection is closed, also where nobody is left to tell it.
    fn drop(&mut self) {
        self.cancel.cancel();
    }
}

enum Answer {
    Begun(Result<Begun, Failure>),
    Updated(Result<Arc<ChannelPlan>, Failure>),
}

/// What a manager wakes up for.
enum Signal {
    Closed,
    Audience,
    Air,
    Feed,
    Elapsed,
    Refresh,
    Restart,
    Unwanted,
    Answered(Answer),
}

impl Manager {
    pub(super) fn new(channel: Arc<Channel>, around: Arc<Surroundings>) -> Self {
        Self {
            audience: channel.audience.subscribe(),
            air: around.air.watch(),
            channel,
            around,
            state: State::Idle,
            watched: false,
            viewed: false,
            deadline: None,
            session: None,
            ending: None,
            generation: 0,
        }
    }

    /// Runs the channel until it is cancelled, and then until its session has ended. Takes over from a manager that
    /// panicked: viewers who are there are served on.
    pub(super) async fn run(mut self) {
        self.audience.mark_changed();
        if !self.audience.borrow().is_there() {
            self.forget();
        }
        self.publish();
        loop {
            match self.signal().await {
                Signal::Closed => break,
                Signal::Audience => {
                    let audience = *self.audience.borrow_and_update();
                    let (watched, viewed) = (audience.is_there(), audience.viewers > 0);
                    let viewed_first = !std::mem::replace(&mut self.viewed, viewed) && viewed;
                    if std::mem::replace(&mut self.watched, watched) != watched {
                        self.happen(if watched { Event::Watched } else { Event::Unwatched });
                    } else if viewed_first && matches!(self.state, State::Failed { .. }) {
                        // it was tried for nobody so far
                        self.happen(Event::Elapsed);
                    }
                }
                Signal::Air => {
                    let event = match *self.air.borrow_and_update() {
                        AirStatus::Up(_) => Some(Event::AirUp),
                        AirStatus::Hangs => Some(Event::Lost),
                        // the end of its TS tells, which comes after the last of it
                        AirStatus::Down(_) => None,
                    };
                    if let Some(event) = event {
                        self.happen(event);
                    }
                }
                Signal::Feed => self.feed(),
                Signal::Elapsed => {
                    self.deadline = None;
                    self.happen(Event::Elapsed);
                }
                Signal::Refresh => self.refresh(),
                Signal::Restart if self.session.is_some() => self.happen(Event::Lost),
                Signal::Restart => {}
                Signal::Unwanted if self.audience.borrow().viewers == 0 => self.happen(Event::Unwanted),
                Signal::Unwanted => {}
                Signal::Answered(answer) => self.answered(answer),
            }
        }
        self.happen(Event::Closed);
        if let Some(ending) = self.ending.take() {
            let _ = ending.await;
        }
    }

    async fn signal(&mut self) -> Signal {
        let deadline = self.deadline;
        let elapsed = async move {
            match deadline {
                Some(deadline) => sleep_until(deadline).await,
                None => pending().await,
            }
        };
        let channel = &self.channel;
        let session = async {
            let Some(session) = &mut self.session else { return pending().await };
            if let Some(request) = &mut session.request {
                tokio::select! {
                    answer = request => {
                        session.request = None;
                        Signal::Answered(answer)
                    }
                    _ = session.feed.changed() => Signal::Feed,
                }
            } else {
                tokio::select! {
                    _ = session.feed.changed() => Signal::Feed,
                    () = sleep_until(session.refresh_at) => Signal::Refresh,
                    () = channel.playlog_changed.notified() => Signal::Refresh,
                }
            }
        };
        tokio::select! {
            () = channel.cancel.cancelled() => Signal::Closed,
            _ = self.audience.changed() => Signal::Audience,
            _ = self.air.changed() => Signal::Air,
            () = elapsed => Signal::Elapsed,
            () = channel.restart.notified() => Signal::Restart,
            () = channel.unwanted.notified() => Signal::Unwanted,
            signal = session => signal,
        }
    }

    fn happen(&mut self, event: Event) {
        let linger = *self.around.linger.read().unwrap_or_else(PoisonError::into_inner);
        let (next, actions) = step(self.state, event, linger);
        if next.word() != self.state.word() {
            tracing::info!("was {}, is {}", self.state.word(), next.word());
        }
        self.state = next;
        for action in actions {
            match action {
                Action::Start => self.start(),
                Action::Stop => self.stop(),
                Action::Wait(time) => self.deadline = Some(Instant::now() + time),
                Action::WaitNoMore => self.deadline = None,
            }
        }
        if self.state == State::Idle || event == Event::Unwanted {
            self.forget();
        }
        self.publish();
    }

    /// The next session is a fresh one, for which Air is asked.
    fn forget(&self) {
        self.door(|_| Door::Shut);
        self.channel.fanout.clear();
        self.channel.last_frame.forget();
    }

    fn feed(&mut self) {
        let Some(session) = &mut self.session else { return };
        let event = match *session.feed.borrow_and_update() {
            Feed::Awaited => return,
            Feed::Flowing => {
                self.channel.metrics.sessions_started.inc();
                Event::Flowing
            }
            Feed::Ended => {
                self.channel.metrics.sessions_lost.inc();
                tracing::warn!(session = session.id, "the session's TS has ended unasked");
                Event::Lost
            }
        };
        self.happen(event);
    }

    fn start(&mut self) {
        self.generation += 1;
        let (id, serial) = (Uuid::now_v7().to_string(), self.channel.sessions_begun() + 1);
        self.channel.sessions.store(serial, Ordering::Relaxed);
        // while Air is away, viewers wait inside
        let asks = matches!(*self.air.borrow(), AirStatus::Up(_));
        self.door(|door| if asks && door != Door::Open { Door::Asked } else { Door::Open });
        let (sender, feed) = watch::channel(Feed::Awaited);
        let cancel = self.channel.cancel.child_token();
        let beginning = Beginning {
            session_id: id.clone(),
            serial,
            generation: self.generation,
            feed: sender,
            cancel: cancel.clone(),
        };
        let (around, channel, ending) = (Arc::clone(&self.around), Arc::clone(&self.channel), self.ending.take());
        let request = async move {
            if let Some(ending) = ending {
                let _ = ending.await;
            }
            Answer::Begun(around.begin(&channel, beginning).await)
        };
        let refresh_at = Instant::now() + REFRESH_EVERY;
        let request = Some(request.boxed());
        self.session = Some(Session { id, serial, feed, cancel, ticket: None, on_air: None, request, refresh_at });
    }

    fn stop(&mut self) {
        let Some(mut session) = self.session.take() else { return };
        let (id, serial, on_air) = (std::mem::take(&mut session.id), session.serial, session.on_air.take());
        drop(session);
        let (around, channel, before) = (Arc::clone(&self.around), Arc::clone(&self.channel), self.ending.take());
        self.ending = Some(tokio::spawn(async move {
            if let Some(before) = before {
                let _ = before.await;
            }
            around.end(channel.slug(), &id).await;
            channel.ended.send_replace(serial);
            drop(on_air);
        }));
    }

    fn refresh(&mut self) {
        let Some(session) = &mut self.session else { return };
        self.generation += 1;
        session.refresh_at = Instant::now() + REFRESH_EVERY;
        let (around, channel, generation) = (Arc::clone(&self.around), Arc::clone(&self.channel), self.generation);
        session.request = Some(async move { Answer::Updated(around.update(&channel, generation).await) }.boxed());
    }

    fn answered(&mut self, answer: Answer) {
        let Some(session) = &mut self.session else { return };
        match answer {
            Answer::Begun(Ok(begun)) => {
                (session.ticket, session.on_air) = (Some(begun.ticket), Some(begun.on_air));
                self.channel.set_plan(begun.plan);
                self.door(|_| Door::Open);
            }
            Answer::Begun(Err(failure)) if failure.code == NO_ROOM => {
                if self.viewed {
                    tracing::info!("no session could be had: {failure}");
                }
                self.channel.turn_away();
                self.happen(Event::Refused);
            }
            Answer::Begun(Err(failure)) => {
                tracing::warn!(code = failure.code, "no session could be had: {failure}");
                self.happen(Event::Refused);
            }
            Answer::Updated(Ok(plan)) => self.channel.set_plan(plan),
            Answer::Updated(Err(failure)) if failure.kind == Kind::NotFound => {
                tracing::warn!(session = session.id, "the session cannot go on: {failure}");
                self.happen(Event::Lost);
            }
            Answer::Updated(Err(failure)) => {
                tracing::warn!(code = failure.code, "the plan could not be renewed: {failure}");
            }
        }
    }

    /// Viewers who wait are told.
    fn door(&self, turn: impl FnOnce(Door) -> Door) {
        self.channel.door.send_if_modified(|door| {
            let turned = turn(*door);
            std::mem::replace(door, turned) != turned
        });
    }

    fn publish(&self) {
        match self.state {
            // it failed for another reason than room, or did not answer: viewers wait for the next attempt
            State::Failed { .. } => self.door(|door| if door == Door::Asked { Door::Open } else { door }),
            State::Idle | State::Starting { .. } | State::OnAir { .. } | State::Lingering => {}
        }
        let mut live = self.channel.live();
        live.state = self.state;
        live.session_id = self.session.as_ref().map(|session| session.id.clone());
        if live.session_id.is_none() {
            live.plan = None;
        }
    }
}
