//! Sums over receipts, exact.
//!
//! Only what was allowed moved money; what was denied or rejected is counted and not summed. Sent is what sellers got,
//! as in the receipts' `amount`; the fees that left the treasury on top stand beside it.

use jiff::{Timestamp, ToSpan as _};

use crate::{Decision, Kind, Receipt, receipt::usd};

/// What receipts come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Totals {
    /// Payments that were made.
    pub sent_count: u64,
    /// Payments that came in.
    pub received_count: u64,
    /// What the policy refused.
    pub denied_count: u64,
    /// What was asked for as it may not be, couldn't be paid, or was not taken.
    pub rejected_count: u64,
    /// Those in a currency that doesn't count as dollars; they are in no sum.
    pub non_usd_count: u64,
    /// Those whose amount is no whole number of units; they are in no sum.
    pub unreadable_count: u64,
    sent: i128,
    received: i128,
    fees: i128,
}

impl Totals {
    /// Takes in one receipt.
    pub fn add(&mut self, receipt: &Receipt) {
        match (receipt.decision, receipt.kind) {
            (Decision::Deny, _) => self.denied_count += 1,
            (Decision::Rejected, _) => self.rejected_count += 1,
            (Decision::Allow, Kind::Spend) => self.sent_count += 1,
            (Decision::Allow, Kind::Earn) => self.received_count += 1,
        }
        if receipt.decision != Decision::Allow || receipt.amount.is_none() {
            return;
        }
        if !receipt.is_usd() {
            self.non_usd_count += 1;
            return;
        }
        let Some(net) = receipt.net() else {
            self.unreadable_count += 1;
            return;
        };
        // 2^63 payments of 2^64 units fit.
        match receipt.kind {
            Kind::Spend => {
                self.sent += i128::from(net);
                self.fees += i128::from(receipt.fee_atomic());
            }
            Kind::Earn => self.received += i128::from(net),
        }
    }

    /// What sellers got.
    #[must_use]
    pub fn sent_usd(&self) -> String {
        usd(self.sent)
    }

    /// What was paid on top as fees.
    #[must_use]
    pub fn fees_usd(&self) -> String {
        usd(self.fees)
    }

    /// What left the treasury: sent and fees.
    #[must_use]
    pub fn gross_usd(&self) -> String {
        usd(self.sent + self.fees)
    }

    /// What came in.
    #[must_use]
    pub fn received_usd(&self) -> String {
        usd(self.received)
    }

    /// Received less sent.
    #[must_use]
    pub fn net_usd(&self) -> String {
        usd(self.received - self.sent)
    }

    /// What the treasury has more: received less sent and fees.
    #[must_use]
    pub fn change_usd(&self) -> String {
        usd(self.received - self.sent - self.fees)
    }
}

/// One UTC day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Day {
    /// `YYYY-MM-DD`.
    pub date: String,
    /// What its receipts come to.
    pub totals: Totals,
}

/// Days up to the one of `now`, newest first, those without a receipt included. Each receipt comes with its time.
#[must_use]
pub fn daily<'a>(
    now: Timestamp,
    days: u32,
    receipts: impl IntoIterator<Item = (&'a Receipt, Timestamp)>,
) -> Vec<Day> {
    let date = |time: Timestamp| time.strftime("%Y-%m-%d").to_string();
    let back = |day: u32| now.saturating_sub((i64::from(day) * 24).hours()).unwrap_or(now);
    let mut table: Vec<Day> =
        (0..days).map(|day| Day { date: date(back(day)), totals: Totals::default() }).collect();
    for (receipt, time) in receipts {
        let date = date(time);
        match table.iter_mut().find(|day| day.date == date) {
            Some(day) => day.totals.add(receipt),
            None => {
                let mut totals = Totals::default();
                totals.add(receipt);
                table.push(Day { date, totals });
            }
        }
    }
    table.sort_by(|a, b| b.date.cmp(&a.date));
    table
}
