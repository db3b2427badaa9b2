//! Storing evidence once, and finding it again.

use diesel::dsl::max;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};
use jiff::civil::Date;
use retrovue_timeline::UtcTime;

use super::rows::{EvidenceRow, signed};
use super::{Evidence, Kept, Place, Suspect};
use crate::asrun::take_in;
use crate::schema::{evidence, evidence_cursor};
use crate::{Store, StoreError};

/// Rows of one `INSERT`: SQLite takes 32,766 variables, and a row has twenty.
const ROWS_AT_ONCE: usize = 1000;

/// An opening that was not over when its session died with Air; Air gives a file 8 s. It does not count where the asset
/// was opened since, and where anything of the asset changed since: its content, or what the operator thinks of it.
const SUSPECTS: &str = "
    SELECT opening.asset_id AS asset_id, COUNT(DISTINCT begun.spool_id || ' ' || begun.number) AS deaths
    FROM evidence AS ended
    JOIN evidence AS opening ON opening.session_id = ended.session_id
        AND opening.what = 'segment_opening' AND opening.at_ns > ended.at_ns - 10000000000
    JOIN evidence AS begun ON begun.session_id = ended.session_id AND begun.what = 'session_started'
    LEFT JOIN asset ON asset.id = opening.asset_id
    WHERE ended.what = 'session_ended' AND ended.cause = 'air_lost'
        AND opening.asset_id IS NOT NULL AND opening.at_ns > COALESCE(asset.updated_ms, 0) * 1000000
        AND NOT EXISTS (
            SELECT 1 FROM evidence AS later
            WHERE later.session_id = opening.session_id AND later.event_id = opening.event_id
                AND later.sequence > opening.sequence AND later.what = 'segment_opened')
        AND NOT EXISTS (
            SELECT 1 FROM evidence AS well
            WHERE well.what = 'segment_opened' AND well.asset_id = opening.asset_id
                AND well.at_ns > opening.at_ns AND well.cause = '')
    GROUP BY opening.asset_id
    ORDER BY deaths DESC, opening.asset_id";

#[derive(QueryableByName)]
struct SuspectRow {
    #[diesel(sql_type = Text)]
    asset_id: String,
    #[diesel(sql_type = BigInt)]
    deaths: i64,
}

impl Store {
    /// Stores `told`, events of one spool in order, with what as-run makes of them, and notes how far that spool is
    /// stored. Those that are stored already are passed over. `dated` tells the broadcast day of a channel's instant.
    pub fn keep_evidence(&self, told: &[Evidence], dated: &dyn Fn(&str, UtcTime) -> Date) -> Result<Kept, StoreError> {
        let Some(Place { spool_id, sequence: last }) = told.last().map(|evidence| &evidence.place) else {
            return Ok(Kept::default());
        };
        self.write(|connection| {
            let stored: Option<i64> =
                evidence_cursor::table.find(spool_id).select(evidence_cursor::sequence).first(connection).optional()?;
            let stored = stored.map_or(0, i64::unsigned_abs);
            let new: Vec<_> = told.iter().filter(|evidence| evidence.place.sequence > stored).collect();
            if new.is_empty() {
                return Ok(Kept::default());
            }
            let mut kept = Kept { events: new.len(), rows: Vec::new() };
            for new in new.chunks(ROWS_AT_ONCE) {
                let rows: Vec<_> = new.iter().map(|evidence| EvidenceRow::of(evidence)).collect();
                diesel::insert_into(evidence::table).values(rows).execute(connection)?;
            }
            for evidence in new {
                kept.rows.extend(take_in(connection, evidence, dated)?);
            }
            let heard: Option<i64> = evidence_cursor::table.select(max(evidence_cursor::heard)).first(connection)?;
            diesel::replace_into(evidence_cursor::table)
                .values((
                    evidence_cursor::spool_id.eq(spool_id),
                    evidence_cursor::sequence.eq(signed(*last)),
                    evidence_cursor::heard.eq(heard.unwrap_or(0) + 1),
                ))
                .execute(connection)?;
            Ok(kept)
        })
    }

    /// Up to where the spool that was heard last is stored. `None` before the first event.
    pub fn evidence_position(&self) -> Result<Option<Place>, StoreError> {
        self.read(|connection| {
            let cursor: Option<(String, i64)> = evidence_cursor::table
                .order(evidence_cursor::heard.desc())
                .select((evidence_cursor::spool_id, evidence_cursor::sequence))
                .first(connection)
                .optional()?;
            Ok(cursor.map(|(spool_id, sequence)| Place { spool_id, sequence: sequence.unsigned_abs() }))
        })
    }

    /// What happened on `channel` in `[from, to)`, in the order in which it was told.
    pub fn evidence(&self, channel: &str, from: UtcTime, to: UtcTime) -> Result<Vec<Evidence>, StoreError> {
        self.read(|connection| {
            let rows: Vec<EvidenceRow> = evidence::table
                .filter(evidence::channel.eq(channel))
                .filter(evidence::at_ns.ge(from.nanos()))
                .filter(evidence::at_ns.lt(to.nanos()))
                .order((evidence::at_ns, evidence::sequence))
                .select(EvidenceRow::as_select())
                .load(connection)?;
            rows.into_iter().map(EvidenceRow::into_evidence).collect()
        })
    }

    /// All that is stored of a spool, in order.
    pub fn evidence_of_spool(&self, spool_id: &str) -> Result<Vec<Evidence>, StoreError> {
        self.read(|connection| {
            let rows: Vec<EvidenceRow> = evidence::table
                .filter(evidence::spool_id.eq(spool_id))
                .order(evidence::sequence)
                .select(EvidenceRow::as_select())
                .load(connection)?;
            rows.into_iter().map(EvidenceRow::into_evidence).collect()
        })
    }

    /// Assets that were being opened when Air died, and were not opened since. Once may be chance.
    pub fn suspects(&self) -> Result<Vec<Suspect>, StoreError> {
        self.read(|connection| {
            let rows: Vec<SuspectRow> = diesel::sql_query(SUSPECTS).load(connection)?;
            let suspect = |row: SuspectRow| Suspect { asset_id: row.asset_id, deaths: row.deaths.unsigned_abs() };
            Ok(rows.into_iter().map(suspect).collect())
        })
    }

    /// Forgets what happened before `before`. Returns how much that was.
    pub fn prune_evidence(&self, before: UtcTime) -> Result<usize, StoreError> {
        let old = || evidence::table.filter(evidence::at_ns.lt(before.nanos()));
        // nearly always there is nothing to forget, and a look delays no writer
        let any: bool =
            self.read(|connection| Ok(diesel::select(diesel::dsl::exists(old())).get_result(connection)?))?;
        if !any {
            return Ok(0);
        }
        self.write(|connection| Ok(diesel::delete(old()).execute(connection)?))
    }
}
