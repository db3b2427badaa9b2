//! The tuner that media servers see: one for each installation, the same for ever.

use std::fmt;

use retrovue_kit::Settings;
use retrovue_store::{Store, StoreError};
use uuid::Uuid;

/// Where the installation's UUID is kept.
const INSTANCE: &str = "instance.uuid";

/// Real devices show this to their maker's guide service; no client may find it missing.
pub(super) const AUTH: &str = "retrovue";

/// What a device says of itself.
#[derive(Clone, Debug)]
pub struct Device {
    /// For UPnP.
    pub(super) uuid: Uuid,
    /// For everybody else.
    pub(super) id: DeviceId,
    /// What people see.
    pub(super) name: String,
    /// What software sees.
    pub(super) model: String,
}

impl Device {
    /// The one of this installation, which becomes one at its first start.
    ///
    /// # Errors
    /// Where the store cannot be read or written.
    pub fn of(store: &Store, settings: &Settings) -> Result<Self, StoreError> {
        let known = store.meta(INSTANCE)?.and_then(|text| text.parse().ok());
        let uuid = match known {
            Some(uuid) => uuid,
            None => {
                let uuid = Uuid::new_v4();
                store.set_meta(INSTANCE, &uuid.to_string())?;
                uuid
            }
        };
        let (name, model) = (settings.hdhomerun_name.clone(), settings.hdhomerun_model.clone());
        Ok(Self { uuid, id: DeviceId::of(uuid), name, model })
    }
}

/// Eight hexadecimal digits, of which the last one checks the others. Clients pass over those that fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct DeviceId(pub(super) u32);

impl DeviceId {
    /// One among those of tuners that bring their own HTTP server: clients talk to the numbers below in other ways.
    fn of(uuid: Uuid) -> Self {
        let bits = uuid.as_u128();
        let series = 0x10A + (bits >> 16) % 6;
        let unchecked = u32::try_from(series << 20 | (bits & 0xFFFF) << 4).unwrap_or_default();
        Self(unchecked | check(unchecked))
    }
}

impl fmt::Display for DeviceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:08X}", self.0)
    }
}

/// What each second digit counts for.
const WEIGHTS: [u32; 16] = [0xA, 0x5, 0xF, 0x6, 0x7, 0xC, 0x1, 0xB, 0x9, 0x2, 0x8, 0xD, 0x4, 0x3, 0xE, 0x0];

/// 0 for a valid number, as `hdhomerun_discover_validate_device_id` has it.
fn check(number: u32) -> u32 {
    let digit = |place: u32| number >> (4 * place) & 0xF;
    let weight = |place: u32| WEIGHTS[digit(place) as usize];
    (0..8).fold(0, |sum, place| sum ^ if place % 2 == 1 { weight(place) } else { digit(place) })
}

#[cfg(test)]
pub(super) mod tests {
    use proptest::prelude::*;

    use super::*;

    pub(in crate::director::hdhomerun) fn device() -> Device {
        let (name, model) = ("RetroVue".to_owned(), "HDHR5-4US".to_owned());
        Device { uuid: Uuid::nil(), id: DeviceId(0x10AF_0C0E), name, model }
    }

    #[test]
    fn the_check_digit_is_that_of_real_devices() {
        for real in [0x10AF_0C0E, 0x1039_7A70, 0x1251_E8E2, 0x1043_9EFD, 0x1322_F2F9] {
            assert_eq!(check(real), 0, "{real:08X}");
        }
        for wrong in [0x1234_5678, 0x10AF_0C0F, 0x10FA_0C0E] {
            assert_ne!(check(wrong), 0, "{wrong:08X}");
        }
    }

    #[test]
    fn an_installation_stays_the_device_that_it_was() {
        let home = tempfile::tempdir().unwrap();
        let settings = retrovue_kit::settings::load(None, vec![]).unwrap().settings;
        let open = || Store::open(&home.path().join("retrovue.db")).unwrap();
        let device = Device::of(&open(), &settings).unwrap();
        let again = Device::of(&open(), &settings).unwrap();
        assert_eq!((device.uuid, device.id), (again.uuid, again.id));
        assert_eq!((again.name.as_str(), again.model.as_str()), ("RetroVue", "HDHR5-4US"));
    }

    proptest! {
        #[test]
        fn every_installation_has_a_valid_number(bits: u128) {
            let id = DeviceId::of(Uuid::from_u128(bits));
            prop_assert_eq!(check(id.0), 0);
            prop_assert!((0x10A0_0000..0x1100_0000).contains(&id.0), "{}", id);
        }
    }
}
