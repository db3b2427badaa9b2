//! How much louder or softer an asset is aired.

use retrovue_store::library::Loudness;

/// More than this turns a tape's noise into a programme, or a programme into nothing.
const MOST_DB: f64 = 20.0;

/// The gain that brings the track which Air plays to `target_lufs`; 0 where nothing is aimed at, or known of it.
pub(super) fn gain_db(target_lufs: Option<f64>, tracks: &[Loudness], languages: &[String]) -> f64 {
    let measured = played(tracks, languages).and_then(|track| track.integrated_lufs);
    match target_lufs.zip(measured) {
        Some((target, measured)) => (target - measured).clamp(-MOST_DB, MOST_DB),
        None => 0.0,
    }
}

/// The track in the best of `languages`, else in any: the file's default one before the first, as Air has it.
fn played<'a>(tracks: &'a [Loudness], languages: &[String]) -> Option<&'a Loudness> {
    let best = |suits: &dyn Fn(&Loudness) -> bool| {
        tracks
            .iter()
            .find(|track| track.is_default && suits(track))
            .or_else(|| tracks.iter().find(|track| suits(track)))
    };
    let wanted = languages.iter().find_map(|wanted| best(&|track| track.languages.contains(wanted)));
    wanted.or_else(|| best(&|_| true))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(target: Option<f64>, tracks: &[(&[&str], Option<f64>)], languages: &[&str], expected: f64) {
        let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
        let track = |(codes, integrated_lufs): &(&[&str], Option<f64>)| Loudness {
            languages: words(codes),
            is_default: codes.contains(&"de"),
            integrated_lufs: *integrated_lufs,
            ..Loudness::default()
        };
        let tracks: Vec<Loudness> = tracks.iter().map(track).collect();
        assert_eq!(gain_db(target, &tracks, &words(languages)), expected);
    }

    #[test]
    fn the_played_track_is_brought_to_the_target() {
        let two: &[(&[&str], Option<f64>)] = &[(&["en", "eng"], Some(-30.0)), (&["de", "deu", "ger"], Some(-20.0))];
        check(Some(-24.0), two, &["eng", "ger"], 6.0);
        check(Some(-24.0), two, &["ger", "eng"], -4.0);
        // the default track of these tests is the German one
        check(Some(-24.0), two, &["fra"], -4.0);
        check(Some(-24.0), two, &[], -4.0);
        check(None, two, &[], 0.0);
        check(Some(-24.0), &[], &[], 0.0);
        check(Some(-24.0), &[(&[], None)], &[], 0.0);
        check(Some(-24.0), &[(&[], Some(-60.0))], &[], 20.0);
        check(Some(-24.0), &[(&[], Some(0.0))], &[], -20.0);
    }
}
