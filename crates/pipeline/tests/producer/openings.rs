//! Many openings at once, on a machine that has better things to do.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;

use retrovue_pipeline::{Producer, Take};

use crate::clip::Clip;
use crate::{PATIENCE, house, rate, segment};

/// Some seconds on two cores.
const OPENINGS: usize = 48;

#[test]
fn every_opening_gives_its_first_picture_however_busy_the_machine_is() {
    retrovue_pipeline::init().unwrap();
    let dir = tempfile::tempdir().unwrap();
    let varying = "-vf select=mod(n\\,7)*mod(n\\,5) -fps_mode vfr -c:v libx264 -preset veryfast -bf 2 -pix_fmt yuv420p";
    let talking = "-c:v libx264 -preset veryfast -g 25 -pix_fmt yuv420p -c:a aac -ac 2";
    let clips = [
        Clip { name: "varying.mkv", rate: rate("50"), frames: 200, options: varying, has_sound: false },
        Clip { name: "talking.mp4", rate: rate("25"), frames: 100, options: talking, has_sound: true },
    ];
    let paths: Vec<_> = clips.iter().map(|clip| clip.make(dir.path())).collect();
    let (taken, done) = (AtomicUsize::new(0), AtomicBool::new(false));
    let open = || {
        while let number @ 0..OPENINGS = taken.fetch_add(1, Ordering::Relaxed) {
            let in_offset = (number * 7 % 80) as i64;
            let producer = Producer::open(segment(&paths[number % paths.len()], house("25"), in_offset, 10));
            match producer.take_video(PATIENCE) {
                Take::Unit(unit) => assert!(unit.keyframe && unit.index == 0, "opening {number}: {}", unit.index),
                other => panic!("opening {number}: {other:?}"),
            }
        }
    };
    thread::scope(|scope| {
        let openers: Vec<_> = (0..6).map(|_| scope.spawn(open)).collect();
        for _ in 0..2 {
            scope.spawn(|| {
                while !done.load(Ordering::Relaxed) {
                    std::hint::spin_loop();
                }
            });
        }
        let failed = openers.into_iter().map(thread::ScopedJoinHandle::join).filter(Result::is_err).count();
        done.store(true, Ordering::Relaxed);
        assert_eq!(failed, 0);
    });
}
