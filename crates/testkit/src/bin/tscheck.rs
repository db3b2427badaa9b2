//! `tscheck --rate RATE [--boundaries N] FILE`: what is wrong with a captured transport stream, and which clips it
//! shows. Exit code 1 where anything is.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, bail};
use retrovue_testkit::capture::Capture;
use retrovue_testkit::marks::Shows;
use retrovue_timeline::{FrameIndex, FrameRate};

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

struct Arguments {
    rate: FrameRate,
    boundaries: usize,
    file: PathBuf,
}

fn arguments() -> anyhow::Result<Arguments> {
    let (mut rate, mut boundaries, mut file) = (None, 0, None);
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        let mut value = || words.next().with_context(|| format!("{word} wants a value"));
        match word.as_str() {
            "--rate" => rate = Some(value()?.parse()?),
            "--boundaries" => boundaries = value()?.parse().context("--boundaries wants a number")?,
            _ => file = Some(PathBuf::from(word)),
        }
    }
    let usage = "usage: tscheck --rate 30000/1001 [--boundaries N] FILE.ts";
    Ok(Arguments { rate: rate.context(usage)?, boundaries, file: file.context(usage)? })
}

fn run() -> anyhow::Result<()> {
    let Arguments { rate, boundaries, file } = arguments()?;
    let capture = Capture::file(&file);
    // a stamp names a frame only together with the day: that of the capture
    let written = std::fs::metadata(&file)?.modified()?.duration_since(std::time::UNIX_EPOCH)?.as_secs();
    let seconds = i64::try_from(written)?;
    let near = FrameIndex(seconds * i64::from(rate.num()) / i64::from(rate.den()));
    let report = capture.check(rate, near)?;
    let errors = capture.decode_errors()?;
    let pictures = capture.pictures()?;
    let clips: Vec<u8> = pictures
        .iter()
        .filter_map(|picture| match picture.shows {
            Shows::Frame { clip, .. } => Some(clip),
            Shows::Slate | Shows::Unreadable => None,
        })
        .collect();
    let seen = clips.windows(2).filter(|pair| pair[0] != pair[1]).count();
    println!("{} pictures, {} marked, {seen} boundaries, {} seams", pictures.len(), clips.len(), report.seams.len());
    println!("{}", report.summary());
    for error in &errors {
        println!("  decoder: {error}");
    }
    if !report.is_clean() || !errors.is_empty() {
        bail!("{} is not clean", file.display());
    }
    if seen < boundaries {
        bail!("{boundaries} boundaries were wanted, and {seen} were seen");
    }
    Ok(())
}
