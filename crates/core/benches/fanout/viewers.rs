//! Viewers by the thousand on one thread, each of which checks every packet it gets.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::future::poll_fn;
use std::hash::{DefaultHasher, Hasher};
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use anyhow::{Context, Result};
use retrovue_kit::MasterClock;
use retrovue_mpegts::packet::{PACKET, Packet};
use retrovue_mpegts::pes::PesHeader;
use retrovue_mpegts::pid;
use retrovue_timeline::{FrameIndex, FrameRate, Pts};
use tokio::io::{AsyncRead, AsyncWriteExt, ReadBuf};
use tokio::net::TcpStream;
use tokio_util::sync::CancellationToken;

/// Joining within a second, as after a cut in the line.
const GATHERED_PER_SECOND: u32 = 400;

/// A read takes this much at most.
const READ: usize = 128 << 10;

/// One viewer in so many compares every byte with what the others got.
const SAMPLE: usize = 40;

/// How many slots back that is possible.
const COMPARED_SLOTS: usize = 1024;

/// Slots this much too late, or later, are counted together; so are those that are too early.
const LATEST_MS: usize = 3000;
const EARLIEST_MS: usize = 1000;

/// What viewers of a channel know before they ask.
#[derive(Clone)]
pub(crate) struct Channel {
    pub(crate) address: SocketAddr,
    pub(crate) path: String,
    pub(crate) rate: FrameRate,
    pub(crate) clock: MasterClock,
}

/// Viewers on a thread of their own, until dropped.
pub(crate) struct Crowd {
    pub(crate) tally: Arc<Tally>,
    leave: CancellationToken,
    thread: Option<std::thread::JoinHandle<Result<()>>>,
}

impl Crowd {
    /// So many viewers, who come one after the other.
    pub(crate) fn gather(channel: &Channel, viewers: usize) -> Result<Self> {
        let (channel, tally, leave) = (channel.clone(), Arc::new(Tally::default()), CancellationToken::new());
        let (counted, left) = (Arc::clone(&tally), leave.clone());
        let thread = std::thread::Builder::new().name("viewers".to_owned()).spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
            let tasks = tokio::task::LocalSet::new();
            tasks.block_on(&runtime, left.run_until_cancelled(watch_all(channel, viewers, counted)));
            Ok(())
        })?;
        Ok(Self { tally, leave, thread: Some(thread) })
    }
}

impl Drop for Crowd {
    fn drop(&mut self) {
        self.leave.cancel();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

async fn watch_all(channel: Channel, viewers: usize, tally: Arc<Tally>) {
    let (buffer, compared) = (Rc::new(RefCell::new(vec![0; READ])), Rc::new(RefCell::new(BTreeMap::new())));
    for number in 0..viewers {
        let compared = number.is_multiple_of(SAMPLE).then(|| Rc::clone(&compared));
        let viewer = Viewer::new(channel.clone(), Arc::clone(&tally), compared);
        let (buffer, tally) = (Rc::clone(&buffer), Arc::clone(&tally));
        tokio::task::spawn_local(async move {
            let _ = viewer.watch(&buffer).await;
            tally.ended.fetch_add(1, Relaxed);
        });
        tokio::time::sleep(Duration::from_secs(1) / GATHERED_PER_SECOND).await;
    }
    std::future::pending().await
}

/// What all viewers of a crowd got.
pub(crate) struct Tally {
    /// Those who have got a picture.
    pub(crate) joined: AtomicU64,
    /// Those whose stream ended.
    pub(crate) ended: AtomicU64,
    pub(crate) bytes: AtomicU64,
    pub(crate) slots: AtomicU64,
    /// Slots that did not come, packets that were missing, torn or not those that others got, and joins that were none.
    pub(crate) losses: AtomicU64,
    /// Packets that flag a discontinuity.
    pub(crate) seams: AtomicU64,
    /// By how many ms slots came after their instant, [`EARLIEST_MS`] being none.
    lateness: Vec<AtomicU64>,
}

impl Default for Tally {
    fn default() -> Self {
        Self {
            joined: AtomicU64::default(),
            ended: AtomicU64::default(),
            bytes: AtomicU64::default(),
            slots: AtomicU64::default(),
            losses: AtomicU64::default(),
            seams: AtomicU64::default(),
            lateness: (0..=EARLIEST_MS + LATEST_MS).map(|_| AtomicU64::default()).collect(),
        }
    }
}

impl Tally {
    /// How many slots came how late.
    pub(crate) fn lateness(&self) -> Vec<u64> {
        self.lateness.iter().map(|count| count.load(Relaxed)).collect()
    }

    fn came(&self, late_ms: i64) {
        let place = late_ms.saturating_add(EARLIEST_MS as i64).clamp(0, (EARLIEST_MS + LATEST_MS) as i64);
        self.lateness[place as usize].fetch_add(1, Relaxed);
    }
}

/// The lateness below which so many permille of `counts` lie.
pub(crate) fn permille(counts: &[u64], permille: u64) -> i64 {
    let all: u64 = counts.iter().sum();
    let mut left = (all * permille).div_ceil(1000).max(1);
    let place = counts.iter().position(|count| {
        left = left.saturating_sub(*count);
        left == 0
    });
    place.unwrap_or(0) as i64 - EARLIEST_MS as i64
}

type Compared = Rc<RefCell<BTreeMap<u64, u64>>>;

struct Viewer {
    channel: Channel,
    tally: Arc<Tally>,
    head: Head,
    /// The start of a packet whose end has not come.
    cut: Vec<u8>,
    packets: u64,
    /// The last counter of each PID.
    counters: Vec<(u16, u8)>,
    frame: Option<FrameIndex>,
    sample: Option<Sample>,
}

/// What lies before the stream.
#[derive(Default)]
enum Head {
    #[default]
    Begun,
    Read(Vec<u8>),
    Over,
}

struct Sample {
    compared: Compared,
    slot: Option<(Pts, DefaultHasher)>,
    slots: u64,
}

impl Viewer {
    fn new(channel: Channel, tally: Arc<Tally>, compared: Option<Compared>) -> Self {
        Self {
            channel,
            tally,
            head: Head::default(),
            cut: Vec::with_capacity(PACKET),
            packets: 0,
            counters: Vec::new(),
            frame: None,
            sample: compared.map(|compared| Sample { compared, slot: None, slots: 0 }),
        }
    }

    async fn watch(mut self, buffer: &RefCell<Vec<u8>>) -> Result<()> {
        let mut socket = TcpStream::connect(self.channel.address).await?;
        socket.write_all(&ask(&self.channel.path)).await?;
        loop {
            let taken = poll_fn(|cx| {
                let mut buffer = buffer.borrow_mut();
                let mut read = ReadBuf::new(&mut buffer);
                Pin::new(&mut socket).poll_read(cx, &mut read).map_ok(|()| self.take(read.filled()))
            });
            taken.await?.context("the stream has ended")?;
        }
    }

    /// `None` where there was nothing.
    fn take(&mut self, mut bytes: &[u8]) -> Option<()> {
        if bytes.is_empty() {
            return None;
        }
        if !matches!(self.head, Head::Over) {
            bytes = self.head.skip(bytes)?;
        }
        self.tally.bytes.fetch_add(bytes.len() as u64, Relaxed);
        if !self.cut.is_empty() {
            let (rest, more) = bytes.split_at(bytes.len().min(PACKET - self.cut.len()));
            self.cut.extend_from_slice(rest);
            bytes = more;
            if self.cut.len() == PACKET {
                let packet = std::mem::take(&mut self.cut);
                self.packet(&packet);
                self.cut = packet;
                self.cut.clear();
            }
        }
        let mut packets = bytes.chunks_exact(PACKET);
        packets.by_ref().for_each(|packet| self.packet(packet));
        self.cut.extend_from_slice(packets.remainder());
        Some(())
    }

    fn packet(&mut self, bytes: &[u8]) {
        let Some(packet) = Packet::read(bytes) else { return self.lost() };
        let pid = packet.pid();
        let right_start = match self.packets {
            0 => pid == pid::PAT,
            1 => pid == pid::PMT,
            2 => pid == pid::VIDEO && packet.random_access(),
            _ => true,
        };
        self.packets += 1;
        let flagged = packet.discontinuity();
        let follows = match self.counters.iter_mut().find(|(of, _)| *of == pid) {
            Some((_, last)) => {
                let expected = (*last + u8::from(packet.has_payload())) & 0x0F;
                *last = packet.counter();
                packet.counter() == expected
            }
            None => {
                self.counters.push((pid, packet.counter()));
                true
            }
        };
        if !right_start || !(follows || flagged) {
            self.lost();
        }
        if flagged {
            self.tally.seams.fetch_add(1, Relaxed);
        }
        if pid == pid::VIDEO && packet.unit_start() {
            self.picture(PesHeader::read(packet.payload()).and_then(|header| header.pts));
        }
        if let Some((_, hash)) = self.sample.as_mut().and_then(|sample| sample.slot.as_mut()) {
            hash.write(bytes);
        }
    }

    fn picture(&mut self, pts: Option<Pts>) {
        let Channel { rate, clock, .. } = &self.channel;
        let now = clock.now();
        let Some((pts, frame)) = pts.and_then(|pts| Some((pts, rate.frame_with_pts(pts, rate.frame_at(now))?))) else {
            return self.lost();
        };
        self.tally.slots.fetch_add(1, Relaxed);
        self.tally.came((now.nanos() - rate.start_of(frame).nanos()) / 1_000_000);
        match self.frame.replace(frame) {
            None => drop(self.tally.joined.fetch_add(1, Relaxed)),
            Some(before) if before + 1 != frame => self.lost(),
            Some(_) => {}
        }
        if self.sample.as_mut().is_some_and(|sample| !sample.slot_is_as_others_got_it(pts)) {
            self.lost();
        }
    }

    fn lost(&self) {
        self.tally.losses.fetch_add(1, Relaxed);
    }
}

impl Sample {
    /// Ends a slot and begins that of `next`. A viewer's first one has no tables and so is not compared.
    fn slot_is_as_others_got_it(&mut self, next: Pts) -> bool {
        let ended = self.slot.replace((next, DefaultHasher::new()));
        self.slots += 1;
        let Some((pts, hash)) = ended.filter(|_| self.slots > 2) else { return true };
        let (mut compared, hash) = (self.compared.borrow_mut(), hash.finish());
        if compared.len() > COMPARED_SLOTS {
            compared.pop_first();
        }
        *compared.entry(pts.ticks()).or_insert(hash) == hash
    }
}

impl Head {
    /// What of `bytes` belongs to the stream. `None` where the answer is not that there is one.
    fn skip<'a>(&mut self, bytes: &'a [u8]) -> Option<&'a [u8]> {
        const END: &[u8] = b"\r\n\r\n";
        let mut head = match std::mem::replace(self, Head::Over) {
            Head::Begun => Vec::new(),
            Head::Read(head) => head,
            Head::Over => return Some(bytes),
        };
        let before = head.len();
        head.extend_from_slice(bytes);
        match head.windows(END.len()).position(|window| window == END) {
            Some(end) if head[8..].starts_with(b" 200") => Some(&bytes[end + END.len() - before..]),
            Some(_) => None,
            None => {
                *self = Head::Read(head);
                Some(&[])
            }
        }
    }
}

fn ask(path: &str) -> Vec<u8> {
    format!("GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n").into_bytes()
}

/// How long a new viewer waits for the first packet of a keyframe.
pub(crate) async fn join(channel: &Channel) -> Result<Duration> {
    let began = channel.clock.now();
    let mut socket = TcpStream::connect(channel.address).await?;
    socket.write_all(&ask(&channel.path)).await?;
    let (tally, mut buffer) = (Arc::new(Tally::default()), vec![0; READ]);
    let mut viewer = Viewer::new(channel.clone(), Arc::clone(&tally), None);
    while viewer.packets < 3 {
        let read = tokio::io::AsyncReadExt::read(&mut socket, &mut buffer).await?;
        viewer.take(&buffer[..read]).ok_or_else(|| io::Error::from(io::ErrorKind::UnexpectedEof))?;
    }
    let waited = channel.clock.now().since(began);
    anyhow::ensure!(tally.losses.load(Relaxed) == 0, "a viewer joined at no keyframe");
    Ok(waited)
}
