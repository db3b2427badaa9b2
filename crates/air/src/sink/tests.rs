//! The sink over real socket pairs.

use std::io::Read;
use std::os::unix::net::UnixStream;
use std::sync::mpsc;

use super::*;

const SLOT: usize = 188 * 100;

fn pair() -> (Sink, UnixStream, mpsc::Receiver<()>) {
    let (ours, theirs) = UnixStream::pair().unwrap();
    let (broken, is_broken) = mpsc::channel();
    let sink = Sink::start(Link::Unix(ours), move || broken.send(()).unwrap()).unwrap();
    (sink, theirs, is_broken)
}

fn slot(number: u8) -> Vec<u8> {
    vec![number; SLOT]
}

#[test]
fn slots_arrive_whole_and_in_order_and_the_socket_closes_behind_them() {
    let (mut sink, mut theirs, _broken) = pair();
    let reader = std::thread::spawn(move || {
        let mut all = Vec::new();
        theirs.read_to_end(&mut all).unwrap();
        all
    });
    for number in 0..100 {
        assert_eq!(sink.push(slot(number), || false), Offered::Taken);
    }
    sink.finish(|| false);
    let expected: Vec<u8> = (0..100).flat_map(slot).collect();
    assert!(reader.join().unwrap() == expected);
}

#[test]
fn a_blocked_socket_drops_up_to_a_keyframe_for_which_there_is_room() {
    let (mut sink, mut theirs, _broken) = pair();
    let taken = (0..).take_while(|_| sink.offer(slot(1), false) == Offered::Taken).count();
    assert!(taken * SLOT > QUEUE_BYTES - SLOT && taken * SLOT < QUEUE_BYTES + (1 << 20), "{taken} slots");
    assert_eq!(sink.offer(slot(2), true), Offered::Dropped, "a keyframe without room");

    theirs.read_exact(&mut vec![0; taken * SLOT]).unwrap();
    drop(sink.shared.wait(&|| false, |queue| queue.bytes == 0));
    assert_eq!(sink.offer(slot(3), false), Offered::Dropped, "room, but no keyframe");
    assert_eq!(sink.offer(slot(4), true), Offered::Taken);
    assert_eq!(sink.offer(slot(5), false), Offered::Taken);
    let mut next = [0; 2 * SLOT];
    theirs.read_exact(&mut next).unwrap();
    assert_eq!((next[0], next[SLOT]), (4, 5));
}

#[test]
fn a_reader_that_leaves_is_told_once() {
    let (mut sink, theirs, broken) = pair();
    drop(theirs);
    sink.push(slot(1), || false);
    broken.recv_timeout(Duration::from_secs(10)).unwrap();
    assert_eq!(sink.push(slot(2), || false), Offered::Dropped);
}

#[test]
fn a_wait_for_room_can_be_given_up() {
    let (mut sink, _theirs, _broken) = pair();
    while sink.offer(slot(1), false) == Offered::Taken {}
    assert_eq!(sink.push(slot(2), || true), Offered::Dropped);
}

#[test]
fn endpoints_read_as_they_are_written() {
    for text in ["unix:/run/a:b.sock", "tcp:127.0.0.1:9000"] {
        assert_eq!(text.parse::<Endpoint>().unwrap().to_string(), text);
    }
    for text in ["", "unix:", "tcp:localhost", "http://x", "/run/x"] {
        assert!(text.parse::<Endpoint>().is_err(), "{text}");
    }
}
