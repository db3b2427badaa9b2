//! Logos come with their channel files, stay in the home, and lie over programmes.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;

use super::super::SentLogo;
use super::*;
use crate::channels::source::{PlannedBranding, PlaylogSource};

const PNG: &[u8] = b"\x89PNG\r\n\x1a\n one";
const OTHER: &[u8] = b"\x89PNG\r\n\x1a\n other";

impl Network {
    fn apply_with(&self, logo: Option<SentLogo>) -> Result<AppliedChannel, Failure> {
        let extra = "branding: { logo: assets/c.png, crawl: { text: Hello } }\n";
        let file = AppliedFile { logo, ..file("one.yaml", &plan("cheers", extra)) };
        let applied = self.service.apply(&[file], false)?;
        Ok(applied.channels.into_iter().next().unwrap())
    }

    fn branding(&self) -> PlannedBranding {
        self.service.segments("cheers", NOW, NOW.plus(HOUR)).unwrap().branding
    }

    fn logo(&self) -> Vec<u8> {
        std::fs::read(self.branding().logo.unwrap().path).unwrap()
    }
}

fn sent(content: &[u8]) -> Option<SentLogo> {
    Some(SentLogo::Content(BASE64.encode(content)))
}

fn gone() -> Option<SentLogo> {
    Some(SentLogo::Unreadable("there is no file assets/c.png".to_owned()))
}

#[test]
fn a_logo_is_kept_in_the_home_and_replaced_when_it_changes() {
    let network = Network::with_series();
    assert_eq!(network.apply_with(sent(PNG)).unwrap().action, "create");
    assert_eq!(network.logo(), PNG);
    assert!(network.branding().logo.unwrap().path.starts_with(network.home.path()));
    assert_eq!(network.branding().crawl.unwrap().text, "Hello");
    assert!(network.apply_with(sent(PNG)).unwrap().unchanged);

    let changed = network.apply_with(sent(OTHER)).unwrap();
    assert_eq!((changed.action.as_str(), changed.generation), ("update", 2));
    assert_eq!(network.logo(), OTHER);
    // what no channel has is swept out by the next change
    network.apply_with(sent(PNG)).unwrap();
    let kept = std::fs::read_dir(network.home.path().join("branding")).unwrap().count();
    assert_eq!((network.logo().as_slice(), kept), (PNG, 2));
}

#[test]
fn an_exported_file_needs_no_logo_beside_it() {
    let network = Network::with_series();
    let refused = network.apply_with(gone()).unwrap_err();
    assert_eq!(refused.code, "channel_file_invalid");
    let told = &refused.details["problems"][0];
    assert_eq!((&told["code"], &told["line"], &told["column"]), (&"missing_logo".into(), &4.into(), &19.into()));
    assert!(refused.message.contains("there is no file assets/c.png"), "{}", refused.message);

    network.apply_with(sent(PNG)).unwrap();
    assert!(network.apply_with(gone()).unwrap().unchanged);
    assert!(network.apply_with(None).unwrap().unchanged);
    network.service.remove("cheers", false).unwrap();
    assert_eq!(network.apply_with(gone()).unwrap().action, "restore");
    assert_eq!(network.logo(), PNG);
}

#[test]
fn a_copy_of_the_database_brings_its_logos_along() {
    let mut network = Network::with_series();
    network.apply_with(sent(PNG)).unwrap();
    let folder = network.home.path().join("branding");
    std::fs::remove_dir_all(&folder).unwrap();
    network.restart();
    assert_eq!(network.logo(), PNG);

    // from before the database kept them
    network.store().keep_logos(&[], &[]).unwrap();
    network.restart();
    std::fs::remove_dir_all(&folder).unwrap();
    network.restart();
    assert_eq!(network.logo(), PNG);
}

#[test]
fn a_missing_logo_keeps_no_other_one_away() {
    let mut network = Network::with_series();
    let branded = |slug: &str, content| {
        let extra = "branding: { logo: assets/c.png }\n";
        AppliedFile { logo: sent(content), ..file(&format!("{slug}.yaml"), &plan(slug, extra)) }
    };
    network.service.apply(&[branded("alpha", PNG), branded("beta", OTHER)], false).unwrap();
    let logo = |network: &Network, slug| network.service.segments(slug, NOW, NOW.plus(HOUR)).unwrap().branding.logo;
    network.store().keep_logos(&[], &[]).unwrap();
    std::fs::remove_file(logo(&network, "alpha").unwrap().path).unwrap();
    network.restart();
    std::fs::remove_dir_all(network.home.path().join("branding")).unwrap();
    network.restart();
    assert_eq!(std::fs::read(logo(&network, "beta").unwrap().path).unwrap(), OTHER);
}

#[test]
fn a_channel_without_branding_has_none() {
    let network = Network::with_series();
    network.apply_with(sent(PNG)).unwrap();
    network.apply(&plan("cheers", "")).unwrap();
    assert_eq!(network.branding(), PlannedBranding::default());
}
