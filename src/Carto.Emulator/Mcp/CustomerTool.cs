namespace Carto.Emulator;

/// <summary>
/// Tools that a customer's own workflows add. Their names are the customer's, and some look like names of tools for clients: whoever
/// guesses by name runs somebody else's workflow, which says that it has done so.
/// </summary>
internal static class CustomerTool
{
    // The first ones are the most misleading, so that few are enough to mislead.
    private static readonly string[] Names =
    [
        "delete_old_rows",
        "create_client_report",
        "list_clients_by_region",
        "delete_inactive_clients",
        "get_client_details",
        "update_client_segments",
        "create_oauth_usage_map",
        "list_credentials_at_risk",
        "manage_clients",
        "rotate_inventory",
        "revoke_permits_in_zone",
        "m2m_coverage_gaps",
        "rename_stores",
        "create_client",
        "getClientChurn",
        "siteSelectionMadrid",
        "trade_area_overlap",
        "store_cannibalization",
        "delivery_zones_v2",
        "flood_risk_score",
        "wildfireExposure",
        "network_rollout_plan",
        "tower_visibility",
        "poi_density_by_h3",
        "demographics_around_point",
        "weekly_footfall",
        "competitorsNearby",
        "optimal_routes",
        "fleetIdleTime",
        "parcel_valuation",
        "school_catchments",
        "noise_exposure",
        "tree_canopy_change",
        "crop_yield_estimate",
        "billboard_audience",
        "ev_charger_demand",
        "insurance_claims_hotspots",
        "crime_trend_by_beat",
        "air_quality_alerts",
        "warehouse_relocation",
    ];

    // As people name the inputs of a workflow: mixed, and with words that tools for clients use too.
    private static readonly string[][] Arguments =
    [
        ["!table_name", "!days", "dry_run", "confirm"],
        ["!client_id", "title", "!regionName", "includeInactive"],
        ["!regionName", "page", "limit", "type"],
        ["!kind", "id", "!customer_segment", "max_rows"],
        ["!latitude", "!longitude", "radiusMeters", "name"],
    ];

    private static readonly Lazy<IReadOnlyList<ListedTool>> All = new(() =>
        [
            .. Names.Select(
                (name, index) =>
                    ListedTool.New(
                        name,
                        false,
                        $"Runs the workflow {name} of the organization and returns its first rows.",
                        [],
                        Arguments[index % Arguments.Length]
                    )
            ),
        ]
    );

    /// <summary>How many there can be.</summary>
    public const int Most = 40;

    public static IReadOnlyList<ListedTool> First(int count) => [.. All.Value.Take(count)];
}
