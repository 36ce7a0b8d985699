"""The pages of every node, in the order of the menu; tiers may add their own (L1)."""

from node.capability import Page
from node.console.pages.entries import build_entries, build_entry
from node.console.pages.overview import build_overview
from node.console.pages.peers import build_peers
from node.console.pages.publications import (
    build_needs,
    build_result,
    build_results,
)
from node.console.pages.rankings import build_ranking, build_rankings
from node.console.pages.referrals import build_referrals
from node.console.pages.resources import build_resource, build_resources
from node.console.pages.screenings import build_screening, build_screenings
from node.console.pages.stations import build_station, build_stations

PAGES: tuple[Page, ...] = (
    Page("/", "overview.html", "总览", build_overview, "总览", ("L1", "A19")),
    Page("/needs", "needs.html", "技术需求", build_needs, "需求", ("B3", "B8")),
    Page("/results", "results.html", "科技成果", build_results, "成果", ("C3", "C5")),
    Page("/results/{id}", "result.html", "成果", build_result, "", ("C5", "D13")),
    Page("/resources", "resources.html", "专家与服务资源", build_resources, "资源", ("F1", "C13")),
    Page("/resources/{id}", "resource.html", "资源", build_resource, "", ("F1", "F2", "A18")),
    Page("/screenings", "screenings.html", "成果筛选清单", build_screenings, "", ("A2", "C1")),
    Page("/screenings/{id}", "screening.html", "成果筛选清单", build_screening, "", ("A2", "D12")),
    Page("/referrals", "referrals.html", "需求转介", build_referrals, "转介", ("D3", "D9")),
    Page("/stations", "stations.html", "站点名册", build_stations, "站点", ("A1", "A10", "A14")),
    Page("/stations/{id}", "station.html", "站点", build_station, "", ("L8", "M6")),
    Page("/ranking", "rankings.html", "绩效排名", build_rankings, "排名", ("M10",)),
    Page("/ranking/{id}", "ranking.html", "绩效排名", build_ranking, "", ("M10", "M1")),
    Page("/peers", "peers.html", "同步状态", build_peers, "同步", ("M4",)),
    Page("/entries", "entries.html", "签名条目", build_entries, "条目", ("A19",)),
    Page("/entries/{id}", "entry.html", "签名条目", build_entry, "", ("A19",)),
)
