//! More is asked for than the machine may carry: what is let in is whole. `just bench admission` holds it to more.

use crate::crowd::{Crowd, Picture, faults, watch};

/// Channels that are asked for, for each one that fits.
const TOO_MANY: usize = 3;

/// Small ones, and a part of the machine: other tests take the rest.
const PICTURE: Picture = Picture { width: 640, height: 360, video_kbps: 800 };
const BUDGET: u32 = 30;

/// On a machine that carries very many, enough to see that the stream of those that are let in is whole.
const MOST: usize = 48;

#[tokio::test]
async fn on_air_three_times_as_many_channels_as_fit_are_asked_for() {
    let crowd = Crowd::ready(PICTURE, BUDGET).await.unwrap();
    let first = crowd.channels(1).await.unwrap();
    // what it costs is known once it has been on air for a while
    let (mut first, refused) = crowd.ask(&first).await.unwrap();
    assert!(refused.is_empty());
    watch(&mut first, 5.0).await.unwrap();
    let load = crowd.load().await.unwrap();
    let fit = usize::try_from(load.channels + load.more).unwrap();
    assert!(fit >= 1, "{load}");
    drop(first);
    let names = crowd.channels((fit * TOO_MANY).min(MOST)).await.unwrap();

    let (mut viewers, refused) = crowd.ask(&names).await.unwrap();
    assert!(
        !viewers.is_empty() && (!refused.is_empty() || names.len() == MOST),
        "{} let in, {} refused",
        viewers.len(),
        refused.len()
    );
    watch(&mut viewers, 10.0).await.unwrap();

    // what is known of their cost by now lets others in, or none
    viewers.extend(crowd.ask(&refused).await.unwrap().0);
    watch(&mut viewers, 20.0).await.unwrap();
    let (load, slots) = (crowd.load().await.unwrap(), crowd.slots().await.unwrap());
    println!("{} asked for, {fit} seemed to fit: {load}; {slots}", names.len());
    assert_eq!(usize::try_from(load.channels).unwrap(), viewers.len());
    tell_the_same(&crowd).await;
    assert!(viewers.len() < names.len() || names.len() == MOST);
    assert_eq!(faults(&viewers).unwrap(), Vec::<String>::new());
    // what the bench wants to be none is some where other tests take the machine
    assert!(slots.slate * 20 <= slots.sent, "{slots}");
}

/// Media servers are told of as many tuners as status tells of channels. What is measured changes all the time.
async fn tell_the_same(crowd: &Crowd) {
    for _ in 0..50 {
        let (before, tuners, after) = (crowd.load().await, crowd.tuners().await, crowd.load().await);
        let told = [before, after].map(|load| load.map(|load| load.channels + load.more).unwrap());
        if told[0] == told[1] {
            return assert_eq!(tuners.unwrap(), told[0]);
        }
    }
    panic!("it never told the same twice");
}
