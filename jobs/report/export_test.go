package report

// PlaceName is placeName, for its test.
var PlaceName = placeName
