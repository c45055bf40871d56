//! What would cost less, each with the exact change and the saving between two real prices of one region.

mod machines;

use super::book::{PriceBook, Term};
use super::estimate::{Estimate, ResourceCost};
use super::money::{self, Cost};
use super::sheet::Line;
use rust_decimal::Decimal;
use serde::{Serialize, Serializer};

/// Most recommendations for one resource.
pub const PER_RESOURCE: usize = 5;
/// Most recommendations in all.
pub const IN_ALL: usize = 20;

/// The kinds of recommendations.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// Another type that is at least as large costs less.
    CheaperType,
    /// The next smaller type of the family.
    RightSize,
    /// Commit for a year.
    #[serde(rename = "commit-1y")]
    CommitOneYear,
    /// Commit for three years.
    #[serde(rename = "commit-3y")]
    CommitThreeYears,
    /// Let the cloud stop it at any time.
    Spot,
    /// A cheaper type of disk.
    DiskType,
    /// An address that nobody uses.
    UnusedAddress,
    /// What the cloud deducts by itself when the machine runs all month; the list price stays in the total.
    SustainedUse,
}

impl Kind {
    /// As it is shown.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::CheaperType => "cheaper-type",
            Self::RightSize => "right-size",
            Self::CommitOneYear => "commit-1y",
            Self::CommitThreeYears => "commit-3y",
            Self::Spot => "spot",
            Self::DiskType => "disk-type",
            Self::UnusedAddress => "unused-address",
            Self::SustainedUse => "sustained-use",
        }
    }
}

/// Something that would cost less.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Recommendation {
    /// Address of the resource.
    pub address: String,
    /// What kind of change.
    pub kind: Kind,
    /// What it is now.
    pub from: String,
    /// What it would be.
    pub to: String,
    /// What that saves a month.
    #[serde(serialize_with = "month")]
    pub saving_monthly: Decimal,
    /// The same in percent of what it costs now.
    #[serde(serialize_with = "percent")]
    pub saving_percent: Decimal,
    /// When it holds; empty when always.
    pub condition: String,
}

fn month<S: Serializer>(value: &Decimal, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(&money::show_month(*value))
}

fn percent<S: Serializer>(value: &Decimal, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(&money::show_percent(*value))
}

/// What is known of the work beside the plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Signs {
    /// The use case that somebody stated is development or test.
    pub development: bool,
    /// The workload that somebody stated is small.
    pub small_workload: bool,
}

/// What a month costs less, and in percent of `from`; `None` when it does not cost less.
pub fn saving(from: Cost, to: Cost) -> Option<(Decimal, Decimal)> {
    let saved = (from - to).monthly();
    let percent = money::percent_of(saved, from.monthly())?;
    (saved > Decimal::ZERO).then_some((saved, percent))
}

/// What would cost less of an estimate, the largest saving first; at most 5 for a resource and 20 in all.
pub fn recommend(estimate: &Estimate, book: &PriceBook, signs: Signs) -> Vec<Recommendation> {
    let mut all = Vec::new();
    for resource in &estimate.resources {
        let offers = Offers { book, resource, signs };
        let mut own: Vec<Recommendation> =
            resource.after.lines.iter().flat_map(|line| offers.of(line)).collect();
        sort(&mut own);
        own.truncate(PER_RESOURCE);
        all.extend(own);
    }
    sort(&mut all);
    all.truncate(IN_ALL);
    all
}

fn sort(all: &mut [Recommendation]) {
    all.sort_by(|a, b| {
        let saving = b.saving_monthly.cmp(&a.saving_monthly);
        saving.then_with(|| (&a.address, a.kind, &a.to).cmp(&(&b.address, b.kind, &b.to)))
    });
}

/// Looks for what would cost less than a line.
struct Offers<'a> {
    book: &'a PriceBook,
    resource: &'a ResourceCost,
    signs: Signs,
}

impl Offers<'_> {
    fn of(&self, line: &Line) -> Vec<Recommendation> {
        // A ceiling is no price that something could cost less than.
        let exact = !matches!(line.bound, Some(super::Bound::Ceiling)) && line.term == Term::OnDemand;
        if !exact {
            return Vec::new();
        }
        match line.service {
            "compute" | "ec2" | "vm" => self.machine(line),
            "disk" | "ebs" => self.disk(line).into_iter().collect(),
            "network" if line.sku == "ip/unused" => self.address(line).into_iter().collect(),
            _ => Vec::new(),
        }
    }

    fn machine(&self, line: &Line) -> Vec<Recommendation> {
        let terms = [
            (Kind::CommitOneYear, Term::OneYear, "if it runs for the whole year"),
            (Kind::CommitThreeYears, Term::ThreeYears, "if it runs for all three years"),
            (Kind::Spot, Term::Spot, "if it may be stopped at any time"),
        ];
        let by_term = terms.into_iter().filter_map(|(kind, term, condition)| {
            let row = self.book.price(cloud(line), &line.region, line.service, &line.sku, term)?;
            let to = format!("{} {}", line.sku, term.as_str());
            self.offer(line, kind, to, row.cost().times(line.quantity), condition)
        });
        let sustained = self
            .book
            .price(cloud(line), &line.region, "sustained-use", &line.sku, Term::OnDemand)
            .and_then(|row| {
                let to = format!("{} all month", line.sku);
                let condition = "deducted by Google Cloud by itself when it runs all month; the total keeps the list price";
                self.offer(line, Kind::SustainedUse, to, row.cost().times(line.quantity), condition)
            });
        let mut all: Vec<Recommendation> = by_term.chain(sustained).collect();
        all.extend(machines::cheaper(self, line));
        all.extend(machines::smaller(self, line));
        all
    }

    fn disk(&self, line: &Line) -> Option<Recommendation> {
        let (to, condition) = match line.sku.as_str() {
            "pd-ssd" => ("pd-balanced", "if balanced disks are fast enough"),
            "pd-ssd-replicated" => ("pd-balanced-replicated", "if balanced disks are fast enough"),
            "gp2" => ("gp3", ""),
            _ => return None,
        };
        let row = self.book.price(cloud(line), &line.region, line.service, to, Term::OnDemand)?;
        self.offer(line, Kind::DiskType, to.to_owned(), row.cost().times(line.quantity), condition)
    }

    fn address(&self, line: &Line) -> Option<Recommendation> {
        self.offer(line, Kind::UnusedAddress, "no address".to_owned(), Cost::ZERO, "if nobody needs it kept")
    }

    /// A recommendation, when it saves something.
    fn offer(
        &self,
        line: &Line,
        kind: Kind,
        to: String,
        cost: Cost,
        condition: &str,
    ) -> Option<Recommendation> {
        let (saving_monthly, saving_percent) = saving(line.cost, cost)?;
        Some(Recommendation {
            address: self.resource.address.clone(),
            kind,
            from: line.sku.clone(),
            to,
            saving_monthly,
            saving_percent,
            condition: condition.to_owned(),
        })
    }
}

/// The cloud that a line is bought from.
fn cloud(line: &Line) -> &'static str {
    match line.service {
        "ec2" | "ebs" => "aws",
        "vm" => "azure",
        "disk" if line.type_.starts_with("azurerm_") => "azure",
        _ => "gcp",
    }
}
