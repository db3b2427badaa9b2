//! Channels' logos, byte by byte, so that a copy of the database is all of a network.

use diesel::prelude::*;

use crate::schema::logo;
use crate::{Store, StoreError};

impl Store {
    /// The logo of that name.
    pub fn logo(&self, name: &str) -> Result<Option<Vec<u8>>, StoreError> {
        self.read(|connection| Ok(logo::table.find(name).select(logo::content).first(connection).optional()?))
    }

    /// Keeps `sent` logos, each a name made from its content and that content, and forgets all others that are not among
    /// those `used`.
    pub fn keep_logos(&self, sent: &[(&str, &[u8])], used: &[&str]) -> Result<(), StoreError> {
        self.write(|connection| {
            diesel::delete(logo::table.filter(logo::name.ne_all(used))).execute(connection)?;
            for (name, content) in sent {
                let row = (logo::name.eq(name), logo::content.eq(content));
                diesel::insert_or_ignore_into(logo::table).values(row).execute(connection)?;
            }
            Ok(())
        })
    }
}
