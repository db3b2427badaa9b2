//! Which encoder this Air uses: hardware that has proved itself, else x264.
//!
//! Graphics drivers crash and hang, so each is tried in a child process. What is chosen holds for the life of Air.

use std::process::Stdio;
use std::time::Duration;

use anyhow::Context;
use retrovue_pipeline::{EncoderFamily, HouseFormat};
use retrovue_timeline::FrameRate;
use tokio::process::Command;

/// How long all trials together may take: Core takes an Air that does not answer for 20 s for one that hangs.
const TRIALS: Duration = Duration::from_secs(10);

/// What encoders are tried with: what channels have where nobody says otherwise.
const FORMAT: HouseFormat =
    HouseFormat { width: 1280, height: 720, frame_rate: FrameRate::HOUSE[3], video_kbps: 2500, audio_kbps: 128 };

/// The encoder, and why it is that one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Choice {
    pub(crate) family: EncoderFamily,
    /// A sentence for people.
    pub(crate) reason: String,
}

/// Chooses as the setting `air.encoder` says, and makes it the encoder of this process. A station whose driver has
/// broken is on air with x264 rather than not at all.
pub(crate) async fn choose(setting: &str) -> Choice {
    let choice = choose_by(setting, TRIALS, prove_apart).await;
    choice.family.choose();
    match EncoderFamily::named(setting) {
        Some(wanted) if wanted != choice.family => {
            tracing::warn!(encoder = choice.family.name(), "pictures are coded by x264: {}", choice.reason);
        }
        _ => tracing::info!(encoder = choice.family.name(), "the encoder is chosen: {}", choice.reason),
    }
    choice
}

/// The self-test of the encoder `name`, for a process of its own.
///
/// # Errors
/// What is wrong with it, in words.
pub fn prove(name: &str) -> anyhow::Result<()> {
    retrovue_pipeline::init()?;
    let family = EncoderFamily::named(name).with_context(|| format!("{name:?} is no encoder"))?;
    Ok(family.prove(&FORMAT)?)
}

async fn choose_by(
    setting: &str,
    within: Duration,
    prove: impl AsyncFn(EncoderFamily) -> Result<(), String>,
) -> Choice {
    let x264 = |reason| Choice { family: EncoderFamily::X264, reason };
    let tried = match EncoderFamily::named(setting) {
        Some(EncoderFamily::X264) => return x264("air.encoder says so".to_owned()),
        Some(wanted) => vec![wanted],
        None => EncoderFamily::HARDWARE.to_vec(),
    };
    let by = tokio::time::Instant::now() + within;
    let mut failed = Vec::new();
    for family in tried {
        match tokio::time::timeout_at(by, prove(family)).await {
            Ok(Ok(())) => return Choice { family, reason: "it has passed its self-test".to_owned() },
            Ok(Err(why)) => failed.push(format!("{}: {why}", family.name())),
            Err(_) => failed.push(format!("{}: its self-test took too long", family.name())),
        }
    }
    x264(format!("no hardware encoder can be used ({})", failed.join("; ")))
}

/// Runs this program's own `prove-encoder`. The child dies with the wait for it.
async fn prove_apart(family: EncoderFamily) -> Result<(), String> {
    if family.element().is_none() {
        return Err("this machine has none".to_owned());
    }
    let child = Command::new("/proc/self/exe")
        .args(["prove-encoder", family.name()])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .output()
        .await
        .map_err(|error| format!("its self-test could not be started: {error}"))?;
    if child.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&child.stderr);
    let sentence = said.lines().rev().find_map(|line| line.strip_prefix("retrovue-air: "));
    Err(sentence.map_or_else(|| format!("its self-test ended with {}", child.status), ToOwned::to_owned))
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn check(setting: &str, fit: &[EncoderFamily], chosen: EncoderFamily, says: &str) {
        let prove = async |family| if fit.contains(&family) { Ok(()) } else { Err("it makes garbage".to_owned()) };
        let choice = choose_by(setting, TRIALS, prove).await;
        assert_eq!(choice.family, chosen, "{setting}: {}", choice.reason);
        assert!(choice.reason.contains(says), "{setting}: {}", choice.reason);
    }

    #[tokio::test]
    async fn what_passes_is_taken_and_else_x264_in_words() {
        use EncoderFamily::{Nvenc, Qsv, V4l2, Vaapi, X264};
        check("auto", &[Nvenc, V4l2], Nvenc, "passed").await;
        check("auto", &[], X264, "qsv: it makes garbage; nvenc: it makes garbage").await;
        check("qsv", &[Vaapi, Qsv], Qsv, "passed").await;
        check("qsv", &[Vaapi], X264, "(qsv: it makes garbage)").await;
        check("x264", &[Vaapi], X264, "says so").await;
    }

    #[tokio::test]
    async fn drivers_that_hang_do_not_hold_air_up() {
        let hang = async |_| std::future::pending().await;
        let choice = choose_by("auto", Duration::from_millis(20), hang).await;
        assert_eq!(choice.family, EncoderFamily::X264);
        assert!(choice.reason.contains("vaapi: its self-test took too long"), "{}", choice.reason);
    }

    #[test]
    fn every_setting_but_auto_is_a_family() {
        let known = retrovue_kit::settings::ENCODERS.iter().filter(|name| EncoderFamily::named(name).is_none());
        assert_eq!(known.collect::<Vec<_>>(), [&"auto"]);
    }
}
