//! More is asked for than the machine may carry: what is let in is whole. `just bench admission` holds it to more.

use crate::crowd::{Answer, Crowd, Picture, faults, watch};

/// Channels that are asked for, for each one that fits.
const TOO_MANY: usize = 3;

/// Small ones, and a part of the machine: other tests take the rest.
const PICTURE: Picture = Picture { width: 640, height: 360, video_kbps: 800 };
const BUDGET: u32 = 30;

#[tokio::test]
async fn on_air_three_times_as_many_channels_as_fit_are_asked_for() {
    let crowd = Crowd::ready(PICTURE, BUDGET).await.unwrap();
    crowd.channels(1).await.unwrap();
    let load = crowd.load().await.unwrap();
    let fit = usize::try_from(load.more).unwrap();
    assert!(load.channels == 0 && load.taken == 0.0 && fit >= 1, "{load}");
    let names = crowd.channels(fit * TOO_MANY).await.unwrap();

    let (mut viewers, mut refused) = (Vec::new(), Vec::new());
    for answer in crowd.ask(&names).await.unwrap() {
        match answer {
            Answer::Admitted(name, viewer) => viewers.push((name, viewer)),
            Answer::Refused(name) => refused.push(name),
        }
    }
    assert!(!viewers.is_empty() && !refused.is_empty(), "{} let in, {} refused", viewers.len(), refused.len());
    watch(&mut viewers, 10.0).await.unwrap();

    // what is known of their cost by now lets others in, or none
    for answer in crowd.ask(&refused).await.unwrap() {
        if let Answer::Admitted(name, viewer) = answer {
            viewers.push((name, viewer));
        }
    }
    watch(&mut viewers, 30.0).await.unwrap();
    let (load, slots) = (crowd.load().await.unwrap(), crowd.slots().await.unwrap());
    println!("{} asked for, {fit} seemed to fit: {load}; {slots}", names.len());
    assert_eq!(usize::try_from(load.channels).unwrap(), viewers.len());
    // what is measured may have changed since
    let tuners = crowd.tuners().await.unwrap();
    assert!(tuners.abs_diff(load.channels + load.more) <= 1, "{tuners} tuners, {load}");
    assert!(viewers.len() < names.len());
    assert_eq!(faults(&viewers).unwrap(), Vec::<String>::new());
    // what the bench wants to be none is some where other tests take the machine
    assert!(slots.slate * 20 <= slots.sent, "{slots}");
}
