//! What comes goes again: threads, file descriptors, pipelines and memory are as before when a channel has shown a
//! great many segments, and when it was started and stopped as often.

use std::collections::BTreeMap;

use futures::future::join_all;
use retrovue_kit::MasterClock;
use retrovue_proto::v1;
use retrovue_testkit::clips::Clip;
use retrovue_testkit::daemon::{Site, Usage};
use retrovue_testkit::viewer::{TsEndpoint, Until, Viewer};
use retrovue_testkit::wait::wait_for;
use retrovue_timeline::FrameRate;
use rustix::process::{Pid, Signal, kill_process};

use crate::stage::{LONG, RATE, SOON, Stage, house, paced, plan, request};

const SEGMENTS: i64 = 1000;
const STARTS: i64 = 1000;

/// Before the first count: what is made once and kept, such as slates, the cached stacks of threads and the
/// allocator's arenas, is there.
const WARM_UP: i64 = 400;

/// What memory may grow by over a thousand runs: less than 20 kB each. The allocator's arenas and stacks that glibc
/// keeps settle at their size over some thousand runs, with jumps of megabytes; a pipeline that is left behind costs a
/// hundred times that.
const SLACK: u64 = 20 << 20;

/// Channels at once, and how much of what they used may stay: it is several times that while they are on air.
const AT_ONCE: usize = 6;
const STAYS: u64 = 48 << 20;

const FORMAT: v1::HouseFormat = v1::HouseFormat {
    width: 160,
    height: 90,
    frame_rate: Some(v1::FrameRate { num: 25, den: 1 }),
    video_kbps: 200,
    audio_kbps: 64,
};

/// An Air with GStreamer's own tracer of leaks, and a channel that stays on air all the while: the tracer says nothing
/// where nothing is alive, and what it says of this channel shows that it has spoken.
struct Watched {
    stage: Stage,
    _resident: Viewer,
}

/// What there is at one moment.
#[derive(Debug)]
struct Census {
    threads: usize,
    descriptors: usize,
    /// Elements that are alive, by type.
    elements: BTreeMap<String, usize>,
}

impl Census {
    /// Nothing is there that was not there `before`. Threads that only wait for work may have gone since.
    fn is_within(&self, before: &Self) -> bool {
        self.elements == before.elements && self.threads <= before.threads && self.descriptors <= before.descriptors
    }
}

impl Watched {
    async fn new() -> Self {
        let site = Site::new()
            .unwrap()
            .with("GST_TRACERS", "leaks(filters=\"GstElement,GstSample\")")
            .with("GST_LEAKS_TRACER_SIG", "1")
            .with("GST_DEBUG", "GST_TRACER:7")
            .with("GST_DEBUG_NO_COLOR", "1");
        let mut stage = Stage::of(site, |air| air).await;
        let (endpoint, clock) = (TsEndpoint::open().unwrap(), MasterClock::system());
        let clip = Clip::new(2).at(5, 1).sized(160, 90).lasting(600).file().unwrap();
        let begin = FrameRate::HOUSE[2].frame_at(clock.now()).0 - 100;
        let asked = v1::StartChannelRequest {
            channel: "resident".to_owned(),
            format: Some(FORMAT),
            ..paced(&endpoint, plan(1, begin, [(Some(&*clip), 0, 600 * 25)]), &clock)
        };
        let (_, mut resident) = stage.start(asked, &endpoint).await;
        resident.until(Until::Pictures(5), SOON).await.unwrap();
        Self { stage, _resident: resident }
    }

    /// Another channel shows `segments` segments of one frame each, from here and there in a file.
    async fn show(&mut self, segments: i64) {
        let clip = Clip::new(1).file().unwrap();
        let endpoint = TsEndpoint::open().unwrap();
        let rows = (0..segments).map(|at| (Some(&*clip), at * 7 % 100, 1));
        let asked = v1::StartChannelRequest {
            frame_limit: Some(segments),
            format: Some(FORMAT),
            ..request(&endpoint, plan(1, 44_000_000_000, rows))
        };
        let (_, mut viewer) = self.stage.start(asked, &endpoint).await;
        viewer.until(Until::Ended, SOON * 4).await.unwrap();
        assert_eq!(viewer.pictures().len() as i64, segments);
        // the last of it is written a moment before the session is over
        let client = &mut self.stage.client;
        let over = wait_for("the session to be over", SOON, async || {
            let on_air = client.list_channels(v1::ListChannelsRequest {}).await.ok()?.into_inner().channels;
            on_air.iter().all(|channel| channel.channel != "test").then_some(())
        });
        over.await.unwrap();
    }

    fn usage(&self) -> Usage {
        Usage::of(self.stage.air.pid()).unwrap()
    }

    async fn census(&self) -> Census {
        let said = self.stage.air.log().len();
        let pid = Pid::from_raw(i32::try_from(self.stage.air.pid()).unwrap()).unwrap();
        kill_process(pid, Signal::USR1).unwrap();
        let elements = wait_for("the tracer's report", SOON, async || {
            let mut elements = BTreeMap::new();
            for line in self.stage.air.log().get(said..)?.lines() {
                if let Some((_, object)) = line.split_once("object-alive, type-name=(string)") {
                    *elements.entry(object.split(',').next()?.to_owned()).or_default() += 1;
                }
            }
            (!elements.is_empty()).then_some(elements)
        });
        let elements = elements.await.unwrap();
        let usage = self.usage();
        Census { threads: usage.threads, descriptors: usage.descriptors, elements }
    }

    /// What there is once the resident's programme is decoded and coded: it may begin with slate.
    async fn at_rest(&self) -> Census {
        let at_rest = wait_for("the resident to be alone on air", SOON, async || {
            let (earlier, now) = (self.census().await, self.census().await);
            let is_coded = now.elements.get("GstX264Enc") == Some(&1) && now.elements.contains_key("GstFileSrc");
            (is_coded && now.elements == earlier.elements).then_some(now)
        });
        at_rest.await.unwrap()
    }

    /// Everything is as it was at `before`, as soon as what is on its way out has gone.
    async fn is_as(&mut self, before: &Census, memory: u64) {
        let settled =
            wait_for("everything to be as before", SOON, async || self.census().await.is_within(before).then_some(()));
        if let Err(error) = settled.await {
            panic!("{error}: {:#?} became {:#?}", before, self.census().await);
        }
        let now = self.usage().memory;
        println!("memory: {} kB, then {} kB", memory / 1024, now / 1024);
        assert!(now < memory + SLACK, "{memory} bytes became {now}");
    }
}

#[tokio::test]
async fn a_thousand_segments_leave_nothing_behind() {
    let mut watched = Watched::new().await;
    let before = watched.at_rest().await;
    watched.show(WARM_UP).await;
    let memory = watched.usage().memory;
    watched.show(SEGMENTS).await;
    watched.is_as(&before, memory).await;
}

#[tokio::test]
async fn a_thousand_starts_and_stops_leave_nothing_behind() {
    let mut watched = Watched::new().await;
    let before = watched.at_rest().await;
    for _ in 0..WARM_UP {
        watched.show(1).await;
    }
    let memory = watched.usage().memory;
    for _ in 0..STARTS {
        watched.show(1).await;
    }
    watched.is_as(&before, memory).await;
}

#[tokio::test]
async fn memory_goes_back_when_nothing_is_on_air() {
    let mut stage = Stage::new().await;
    let pid = stage.air.pid();
    let usage = || Usage::of(pid).unwrap().memory;
    let idle = usage();
    let clip = Clip::new(1).sized(640, 360).lasting(10).file().unwrap();
    let mut viewers = Vec::new();
    for channel in 0..AT_ONCE {
        let endpoint = TsEndpoint::open().unwrap();
        let asked = v1::StartChannelRequest {
            channel: format!("test-{channel}"),
            format: Some(house(RATE, 640, 360)),
            frame_limit: Some(300),
            ..request(&endpoint, plan(1, 44_000_000_000, (0..3).map(|at| (Some(&*clip), at * 100, 100))))
        };
        viewers.push(stage.start(asked, &endpoint).await.1);
    }
    join_all(viewers.iter_mut().map(|viewer| viewer.until(Until::Ended, LONG))).await;
    println!("memory: {idle} before, {} at the end", usage());
    let back = wait_for("memory to go back", SOON, async || (usage() < idle + STAYS).then(usage)).await;
    println!("then {back:?}");
    back.unwrap();
}
