//! What writing the same slots to as many sockets costs where nothing else is done: the kernel's own share.

use std::io::Write;
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use anyhow::{Context, Result};
use retrovue_testkit::fake_air::{GOP, Slots};
use rustix::time::{ClockId, clock_gettime};
use tokio_util::sync::CancellationToken;

use crate::Cost;
use crate::viewers::{Channel, Crowd};

/// A write has so many slots, which are 100 ms: what viewers are handed at once.
const SLOTS: i64 = 3;

/// Writes to `viewers` sockets for `span`, as a channel of `kbps` would.
pub(crate) async fn measure(like: &Channel, kbps: u32, viewers: usize, span: Duration) -> Result<Cost> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let channel = Channel { address: listener.local_addr()?, ..like.clone() };
    let (writing, stop) = (channel.clone(), CancellationToken::new());
    let stopped = stop.clone();
    let writer = std::thread::Builder::new().name("floor".to_owned());
    let writer = writer.spawn(move || write(&listener, &writing, kbps, viewers, &stopped))?;
    let crowd = Crowd::gather(&channel, viewers)?;
    crate::all_join(&crowd, viewers).await?;
    tokio::time::sleep(span).await;
    stop.cancel();
    let cost = writer.join().ok().context("the thread that writes panicked")??;
    anyhow::ensure!(crowd.tally.losses.load(Relaxed) == 0, "a bare thread lost something");
    Ok(cost)
}

fn write(
    listener: &TcpListener,
    channel: &Channel,
    kbps: u32,
    viewers: usize,
    stop: &CancellationToken,
) -> Result<Cost> {
    let mut sockets: Vec<TcpStream> =
        (0..viewers).map(|_| listener.accept().map(|(socket, _)| socket)).collect::<Result<_, _>>()?;
    for socket in &mut sockets {
        socket.set_nodelay(true)?;
        socket.write_all(b"HTTP/1.1 200 OK\r\n\r\n")?;
    }
    let Channel { rate, clock, .. } = channel;
    let first = rate.frame_at(clock.now()) + 1;
    let (mut slots, mut packets, mut frame) = (Slots::new("floor", *rate, Some(kbps)), Vec::new(), first);
    let (mut bytes, began) = (0, cpu_time());
    while !stop.is_cancelled() {
        std::thread::sleep(clock.until(rate.start_of(frame)));
        slots.next(frame, (frame - first) % GOP == 0, &mut packets);
        frame = frame + 1;
        if (frame - first) % SLOTS != 0 {
            continue;
        }
        for socket in &mut sockets {
            socket.write_all(&packets)?;
        }
        bytes += packets.len() as u64 * sockets.len() as u64;
        packets.clear();
    }
    Ok(Cost { bytes, cpu: cpu_time().saturating_sub(began) })
}

/// Of this thread.
fn cpu_time() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(time.tv_sec.unsigned_abs(), u32::try_from(time.tv_nsec).unwrap_or(0))
}
