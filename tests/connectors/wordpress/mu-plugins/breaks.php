<?php
// Breaks down over pictures whose names say so, before there is any smaller one, as PHP does when it runs out of
// memory: once, or again when it is asked to go on.

add_filter(
	'intermediate_image_sizes_advanced',
	function ( $sizes, $metadata, $attachment ) {
		if ( str_starts_with( get_the_title( $attachment ), 'breaks' ) ) {
			throw new Error( 'Allowed memory size exhausted.' );
		}
		return $sizes;
	},
	10,
	3
);
add_filter(
	'wp_get_missing_image_subsizes',
	function ( $sizes, $metadata, $attachment ) {
		$goes_on = str_contains( $_SERVER['REQUEST_URI'] ?? '', '/post-process' );
		if ( $goes_on && 'breaks-twice' === get_the_title( $attachment ) ) {
			throw new Error( 'Allowed memory size exhausted.' );
		}
		return $sizes;
	},
	10,
	3
);
