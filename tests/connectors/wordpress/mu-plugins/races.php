<?php
// Articles whose names begin with `raced` get them as if two calls had arrived at one moment, none seeing the other's.

add_filter(
	'pre_wp_unique_post_slug',
	function ( $chosen, $name ) {
		return str_starts_with( $name, 'raced' ) ? $name : $chosen;
	},
	10,
	2
);
