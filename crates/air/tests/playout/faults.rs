//! Never silent: whatever goes wrong while a channel is on air, its stream goes on, the fault's own slots are slate, and
//! the boundary after it holds. Other channels of the same Air see nothing of it.

mod channel;

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use retrovue_testkit::clips::{AudioCodec, Clip, Container, VideoCodec};
use retrovue_testkit::faults::{Fault, Faults};

use crate::stage::Stage;
use channel::{Channel, Row, close};

/// Frames of two seconds: longer than the opening stretch of a session, so that what follows is opened ahead.
const LEAD_IN: i64 = 60;

/// A clip with PCM sound, so that bytes of its file are places in its programme.
fn clip(id: u8) -> Clip {
    Clip::new(id).coded(VideoCodec::H264, Container::Mkv).sounding(AudioCodec::Pcm, 2).lasting(40)
}

fn copy(clip: &Clip, to: &Path) -> PathBuf {
    clip.copy_to(to).unwrap();
    to.to_owned()
}

/// House frames of a clip's own time until `seconds` of it.
fn at(seconds: f64) -> i64 {
    (seconds * 30_000.0 / 1001.0) as i64
}

#[tokio::test]
async fn files_and_disks_that_fail_on_air() {
    let faults = Faults::new().unwrap();
    let mut stage = Stage::on(&faults).await;
    let mut events = stage.events().await;
    let home = stage.site.home().to_owned();
    let (film, next) = (clip(1), clip(2));
    let next_file = next.file().unwrap();
    // whoever opens a file looks at its end for an index, and into its middle for what it is
    let bad = Fault::bytes_of(&film.file().unwrap(), 0.6..0.95).unwrap();

    let [deleted, truncated, damaged, slow, still] =
        ["deleted", "truncated", "damaged", "slow", "still"].map(|name| copy(&film, &home.join(name)));
    let stall = |path: &Path| Fault::ReadsStall(path.to_owned(), bad.clone());
    for path in [&deleted, &truncated, &slow, &still] {
        faults.strike(stall(path)).unwrap();
    }
    faults.strike(Fault::ReadsFail(damaged.clone(), bad.start..bad.start + bad.start / 12)).unwrap();

    // the bad part comes so long after the segment's begin
    let bad_after = |seconds: f64| at(24.0 - seconds);
    let length = at(16.0);
    let mut channels = Vec::new();
    for (name, file, in_offset) in [
        ("deleted", &deleted, bad_after(11.0)),
        ("truncated", &truncated, bad_after(11.0)),
        ("damaged", &damaged, bad_after(2.0)),
        ("slow", &slow, bad_after(11.0)),
        ("still", &still, bad_after(2.0)),
        ("beside", &next_file, 0),
    ] {
        let clip = if name == "beside" { next } else { film };
        let rows =
            [Row::slate(LEAD_IN), Row::of(clip, file, in_offset, length), Row::of(next, &next_file, 100, at(3.0))];
        channels.push(Channel::start(&mut stage, name, &rows).await);
    }
    let [deleted_air, truncated_air, damaged_air, slow_air, still_air, beside] = &mut channels[..] else { panic!() };

    // what is open may go
    deleted_air.reached(LEAD_IN + at(2.0)).await;
    fs::remove_file(&deleted).unwrap();
    faults.lift(&stall(&deleted)).unwrap();
    File::options().write(true).open(&truncated).unwrap().set_len(bad.start).unwrap();
    faults.lift(&stall(&truncated)).unwrap();
    // ten seconds of work ahead reach from one second on; five seconds later the disk is back
    slow_air.reached(LEAD_IN + at(6.5)).await;
    faults.lift(&stall(&slow)).unwrap();
    still_air.reached(LEAD_IN + at(9.0)).await;
    faults.lift(&stall(&still)).unwrap();
    for channel in [&mut *deleted_air, truncated_air, damaged_air, slow_air, still_air, beside] {
        channel.reached(LEAD_IN + length + at(2.5)).await;
    }
    let told = close(&mut stage, &mut events, &mut channels).await;
    let [deleted_air, truncated_air, damaged_air, slow_air, still_air, beside] = &channels[..] else { panic!() };

    for whole in [deleted_air, slow_air, beside] {
        let (lost, told) = (whole.lost(), told.of(whole.name));
        assert!(lost.is_empty() && told.is_empty(), "{}: {lost:?} {told:?}", whole.name);
    }
    let lost = truncated_air.lost();
    assert!(lost.first().is_some_and(|first| *first > LEAD_IN + at(8.0)), "{lost:?}");
    assert_eq!(lost.last(), Some(&(LEAD_IN + length - 1)));
    assert_eq!(told.of("truncated").last().unwrap().code, "ended_early", "{:?}", told.of("truncated"));

    for (back, code) in [(damaged_air, "read_failed"), (still_air, "stalled")] {
        let (lost, told) = (back.lost(), told.of(back.name));
        assert!(lost.first().is_some_and(|first| *first > LEAD_IN + at(1.0)), "{}: {lost:?}", back.name);
        assert!(lost.last().is_some_and(|last| *last < LEAD_IN + length - 1), "{} is back: {lost:?}", back.name);
        let fault = told.iter().find(|fault| fault.code == code).unwrap_or_else(|| panic!("{told:?}"));
        assert!(fault.message.contains(&*home.join(back.name).to_string_lossy()), "{}", fault.message);
    }
}
